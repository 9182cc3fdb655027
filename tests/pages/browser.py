# SPDX-License-Identifier: GPL-2.0
"""Debian's Chromium, and what it sees of a page."""

import os

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

# What is wrong with the page as it is laid out now: a list of lines.
LAYOUT = """
const wrong = [], width = document.documentElement.clientWidth;
const name = e => e.tagName.toLowerCase() + (e.className.baseVal === undefined && e.className
    ? "." + e.className.trim().split(/\\s+/).join(".") : "")
    + ": " + (e.innerText || e.alt || "").trim().slice(0, 60);
if (document.documentElement.scrollWidth > width)
  wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
for (const e of document.querySelectorAll("article, article *")) {
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  if (!box.width || !box.height || style.visibility == "hidden")
    continue;
  if (box.right > width + 1 || box.left < -1)
    wrong.push(`outside the window, ${Math.round(box.left)} to ${Math.round(box.right)}: ${name(e)}`);
  else if (style.overflowX != "visible" && e.scrollWidth > e.clientWidth + 1)
    wrong.push(`cut off or to be scrolled, ${e.scrollWidth} in ${e.clientWidth}: ${name(e)}`);
}
for (const e of document.images)
  if (!e.complete || !e.naturalWidth)
    wrong.push(`no picture: ${e.src}`);
return wrong;
"""
LINKS = "return [...document.links].map(link => link.href)"
ANCHORS = "return [...document.querySelectorAll('[id]')].map(e => e.id)"
# Its headline, and which code has colours
CONTENTS = """
return {title: document.title, headline: document.querySelector("article h1")?.innerText,
        languages: [...document.querySelectorAll("article div[class*='highlight-']")].map(
            e => [e.className.match(/highlight-(\\S+)/)[1], e.querySelectorAll("pre span[class]").length])}
"""


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for switch in ("headless=new", "disable-gpu", "disable-dev-shm-usage",
                       "hide-scrollbars", "force-device-scale-factor=1",
                       # It has no sandbox for root; the pages are ours.
                       *(["no-sandbox"] if os.geteuid() == 0 else [])):
            options.add_argument(f"--{switch}")
        options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)

    def width(self, pixels, height=900):
        """As of a window: what the page is told, smaller than Chromium's own smallest, too."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def open(self, path):
        self.driver.get(path.as_uri())

    def run(self, script):
        return self.driver.execute_script(script)

    def complaints(self):
        """What it has logged since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def picture(self, file):
        """The whole page, not only what is in the window."""
        width, height = self.run("return [document.documentElement.clientWidth,"
                                 " document.documentElement.scrollHeight]")
        self.width(width, min(height, 16000))
        self.driver.save_screenshot(str(file))
        self.width(width)

    def close(self):
        self.driver.quit()
