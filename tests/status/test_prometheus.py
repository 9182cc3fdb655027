# SPDX-License-Identifier: GPL-2.0
"""xen-suspend-status --prometheus: what is said, in what units, and promtool's own opinion."""

import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from guests import DEBUG, DEVICE, STATES, TOP, Case     # noqa: E402

ODD = ("", "#\n", "# a b\n1\n", "nonsense\n", "# us_from us_to signal suspend\nx\n",
       "# us_from us_to signal suspend\n0 1 x 0\n", "# us_from us_to signal suspend\n0 1 1 0\n")


class Prometheus(Case):
    def told(self):
        return self.run_tool("--prometheus").stdout

    def samples(self):
        """{name and labels: value as text}"""
        return dict(line.rsplit(" ", 1) for line in self.told().splitlines()
                    if not line.startswith("#"))

    def test_each_number_is_that_of_sysfs(self):
        self.guest("failed")
        found, samples = self.story(), self.samples()
        for key, name in (("requests", "requests"), ("suspends", "requests_suspended"),
                          ("cancelled", "requests_resumed_in_place"),
                          ("failures", "requests_failed"), ("retries", "attempts_retried"),
                          ("coalesced", "notifies_merged"), ("spurious", "notifies_ignored"),
                          ("stock_suspends", "stock_suspends"), ("negotiations", "negotiations"),
                          ("replacements", "ports_replaced")):
            self.assertEqual(samples.pop(f"xen_suspend_{name}_total"),
                             str(found["counters"].pop(key)))
        self.assertEqual(found["counters"], {}, "a counter that is not told")
        for folder, name in (("failed", "attempts"), ("stock_failed", "stock_attempts")):
            for reason, count in found[folder].items():
                self.assertEqual(samples[f'xen_suspend_{name}_failed_total{{reason="{reason}"}}'],
                                 str(count))
        self.assertEqual(samples["xen_suspend_last_error_errno"], "5")
        self.assertEqual(float(samples["xen_suspend_last_suspend_duration_seconds"]),
                         found["last_suspend_us"] / 1e6)

    def test_what_is_not_known_is_absent(self):
        self.guest("not-loaded")
        self.assertEqual(self.samples(), {"xen_suspend_module_loaded": "0"})
        self.guest("armed")             # no suspend yet
        text = self.told()
        for word in ("last_", "reason=\"gravity\""):
            self.assertNotIn(word, text)
        self.put(f"{DEVICE}/last_suspend_us", "7000\n")
        # It came when its suspend was under way: that is a measured 0.
        self.assertEqual(self.samples()["xen_suspend_last_signal_duration_seconds"], "0.000000")

    def test_a_port_that_is_held(self):
        self.guest("saved")
        self.assertEqual(self.samples()["xen_suspend_port_held"], "0")
        self.put(f"{DEVICE}/held_event_channel", "8\n")
        self.put(f"{DEVICE}/replacements", "3\n")
        samples = self.samples()
        self.assertEqual((samples["xen_suspend_port_held"],
                          samples["xen_suspend_ports_replaced_total"]), ("1", "3"))

    def test_the_histogram(self):
        self.guest("saved")
        self.put(f"{DEBUG}/latency", "# us_from us_to signal suspend\n512 1024 2 0\n"
                                     "1024 2048 0 4\n2048 inf 1 1\n")
        samples = self.samples()
        for name, wanted in (("signal", ("2", "2", "3")), ("suspend", ("0", "4", "5"))):
            name = f"xen_suspend_{name}_duration_seconds"
            self.assertEqual(tuple(samples[f'{name}_bucket{{le="{bound}"}}'] for bound in
                                   ("0.001024", "0.002048", "+Inf")), wanted)
            self.assertEqual((samples[f"{name}_count"], samples[f"{name}_sum"]),
                             (wanted[-1], "NaN"))

    def test_no_histogram_of_an_odd_file(self):
        self.guest("saved")
        self.assertIn("_bucket{", self.told())
        for content in ODD:
            self.put(f"{DEBUG}/latency", content)
            self.assertNotIn("_bucket{", self.told(), content)
        (self.root / DEBUG / "latency").unlink()
        self.assertNotIn("_bucket{", self.told())

    def test_units_are_in_the_names(self):
        self.guest("failed")
        for name, kind in re.findall(r"(?m)^# TYPE (\w+) (\w+)$", self.told()):
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
            self.assertEqual("duration" in name, name.endswith("_seconds"), name)
            self.assertNotRegex(name, "_(us|ms|usec|msec|of)(_|$)")


class Promtool(Case):
    @classmethod
    def setUpClass(cls):
        cls.program = subprocess.run([TOP / "scripts/promtool"], stdout=subprocess.PIPE, text=True,
                                     check=True).stdout.splitlines()[-1]

    def lint(self, text):
        return subprocess.run([self.program, "check", "metrics"], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def test_it_has_nothing_to_say(self):
        for name in STATES:
            self.guest(name)
            if name == "saved":
                self.put(f"{DEVICE}/failed/\"\\ odd", "1\n")
            told = self.lint(self.run_tool("--prometheus").stdout)
            self.assertEqual((told.returncode, told.stdout), (0, ""), name)

    def test_it_would_say_it(self):
        for text in ("xen_suspend_requests_total x\n",
                     "# HELP a_total b.\n# TYPE a_total gauge\na_total 1\n"):
            self.assertNotEqual(self.lint(text).returncode, 0, text)


if __name__ == "__main__":
    unittest.main()
