/* SPDX-License-Identifier: GPL-2.0 */
/* What protocol.c uses of Xen's libraries: clock.c has it, by their own names. */
#ifndef FAKE_XEN_H
#define FAKE_XEN_H

#include <stdbool.h>
#include <stdint.h>

/* xenctrl.h, xenguest.h */
typedef struct xc_interface_core xc_interface;
typedef struct {
	uint32_t domain, flags;
} xc_domaininfo_t;
#define XEN_DOMINF_shutdown		(1U << 2)
#define XEN_DOMINF_shutdownshift	16
#define XEN_DOMINF_shutdownmask		255
#define SHUTDOWN_suspend		2

xc_interface *xc_interface_open(void *logger, void *dombuild, unsigned int flags);
int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max,
			  xc_domaininfo_t *info);
int xc_domain_resume(xc_interface *xch, uint32_t domid, int fast);
int xc_domain_subscribe_for_suspend(xc_interface *xch, uint32_t domid, uint32_t port);
int xc_hvm_param_get(xc_interface *xch, uint32_t domid, uint32_t param, uint64_t *value);
int xs_suspend_evtchn_port(int domid);

/* xen/hvm/params.h */
#define HVM_PARAM_ACPI_S_STATE		14

/* xenevtchn.h */
typedef struct xenevtchn_handle xenevtchn_handle;
typedef int xenevtchn_port_or_error_t;

xenevtchn_handle *xenevtchn_open(void *logger, unsigned int flags);
int xenevtchn_fd(xenevtchn_handle *handle);
int xenevtchn_bind_interdomain(xenevtchn_handle *handle, uint32_t domid, uint32_t port);
int xenevtchn_pending(xenevtchn_handle *handle);
int xenevtchn_unmask(xenevtchn_handle *handle, uint32_t port);
int xenevtchn_notify(xenevtchn_handle *handle, uint32_t port);

/* xenstore.h */
#define XBT_NULL	0
enum { XS_WATCH_PATH, XS_WATCH_TOKEN };
struct xs_handle;

struct xs_handle *xs_open(unsigned long flags);
bool xs_watch(struct xs_handle *handle, const char *path, const char *token);
bool xs_unwatch(struct xs_handle *handle, const char *path, const char *token);
char **xs_check_watch(struct xs_handle *handle);
int xs_fileno(struct xs_handle *handle);
void *xs_read(struct xs_handle *handle, uint32_t transaction, const char *path,
	      unsigned int *len);
bool xs_write(struct xs_handle *handle, uint32_t transaction, const char *path,
	      const void *data, unsigned int len);
bool xs_resume_domain(struct xs_handle *handle, unsigned int domid);

#endif
