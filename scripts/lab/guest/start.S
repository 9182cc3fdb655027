/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What starts an HVM guest's kernel: puts the segments of vmlinux where they belong, and
 * enters it as a 64-bit boot loader does (Documentation/x86/boot.rst). The kernel's own
 * real-mode code jumps here, instead of to a decompressor, which takes half a minute in
 * the emulator: flat segments, no interrupts, and %esi points to the boot parameters.
 *
 * A table follows the code, of the words from, to, length, zeroes for each segment: bytes,
 * all divisible by 4; a zero ends it, and then comes the entry.
 */
#define PAGES	0x1000			/* after this code, which is shorter */
#define PRESENT	3
#define LARGE	0x83

	.code32
	.globl _start
_start:
	cld
	movl	%esi, %ebp
	call	1f
1:	popl	%ebx
	subl	$1b - _start, %ebx	/* where this is */
	leal	table - _start(%ebx), %edx
2:	movl	(%edx), %esi
	testl	%esi, %esi
	jz	3f
	movl	4(%edx), %edi
	movl	8(%edx), %ecx
	shrl	$2, %ecx
	rep	movsl
	movl	12(%edx), %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep	stosl
	addl	$16, %edx
	jmp	2b

	/* The first gigabyte as it is, in large pages: three tables. */
3:	leal	PAGES(%ebx), %edi
	movl	$0x3000 / 4, %ecx
	xorl	%eax, %eax
	rep	stosl
	leal	PAGES(%ebx), %edi
	leal	0x1000 + PRESENT(%edi), %eax
	movl	%eax, (%edi)
	addl	$0x1000, %eax
	movl	%eax, 0x1000(%edi)
	movl	$LARGE, %eax
	xorl	%ecx, %ecx
4:	movl	%eax, 0x2000(%edi, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$512, %ecx
	jne	4b

	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	%edi, %cr3
	movl	4(%edx), %edi		/* the entry */
	movl	$0xc0000080, %ecx	/* EFER: long mode */
	rdmsr
	orl	$0x100, %eax
	wrmsr
	leal	gdt - _start(%ebx), %eax
	movl	%eax, gdt + 2 - _start(%ebx)
	lgdt	gdt - _start(%ebx)
	leal	5f - _start(%ebx), %eax
	pushl	$0x10
	pushl	%eax
	movl	%cr0, %eax
	orl	$0x80000000, %eax	/* paging */
	movl	%eax, %cr0
	lret

	.code64
5:	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%ebp, %esi
	movl	%edi, %eax
	jmp	*%rax

	/* Code and data as the boot protocol wants them; the first is the table itself. */
	.balign	8
gdt:	.word	0x1f
	.long	0
	.word	0
	.quad	0
	.quad	0x00af9a000000ffff
	.quad	0x00cf92000000ffff
	.balign	4
table:
