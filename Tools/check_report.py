"""Looks at the pages of `millrace train --report` with headless Chromium.

    python3 Tools/check_report.py .build/release/millrace fixtures [FOLDER]

Trains on the digits, and opens the pages light and dark, 1200 and 400 pixels wide: no error of JavaScript, all
charts drawn, labels that do not overlap, nothing wider than the screen, numbers below the pointer, a picture that is not blank.
Prints a line per check and exits with 1 if any failed. With a folder the pages and pictures stay there.
"""

import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

HEIGHT = 3600
# Pictures are taken small: their pixels are read here, one by one.
SCALE = 0.5
failures = 0

# Runs in the page's frame: what a person would notice at once, as JSON in the host's document.
PROBE = """
window.onerror = message => { document.title = 'error: ' + message; };
window.onload = () => {
  const frame = document.querySelector('iframe'), page = frame.contentDocument, found = {};
  const boxes = list => [...list].map(item => item.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  found.charts = page.querySelectorAll('figure.chart svg.inner').length;
  found.drawn = [...page.querySelectorAll('svg.inner')].filter(svg => svg.querySelector('path[d^=M]')).length;
  found.titles = [...page.querySelectorAll('figure h3')].map(title => title.textContent);
  found.overlaps = [];
  for (const figure of page.querySelectorAll('figure.chart')) {
    const texts = [...figure.querySelectorAll('.labels text')], places = boxes(texts);
    const card = figure.getBoundingClientRect();
    places.forEach((a, i) => places.slice(i + 1).forEach((b, j) => {
      if (meet(a, b)) found.overlaps.push(texts[i].textContent + ' / ' + texts[i + 1 + j].textContent);
    }));
    places.forEach((a, i) => {
      if (a.left < card.left || a.right > card.right || a.bottom > card.bottom)
        found.overlaps.push(texts[i].textContent + ' / edge of ' + figure.querySelector('h3').textContent);
    });
  }
  found.width = page.documentElement.scrollWidth;
  found.tips = 0;
  for (const plot of page.querySelectorAll('.plot')) {
    const box = plot.getBoundingClientRect();
    plot.dispatchEvent(new frame.contentWindow.PointerEvent('pointermove', {clientX: box.left + box.width / 2}));
    if (plot.querySelector('.tip')?.textContent.includes('\\n')) found.tips += 1;
  }
  found.status = page.querySelector('.chip').textContent;
  found.remarks = [...page.querySelectorAll('.remark, .notes li')].map(item => item.textContent);
  found.text = page.querySelector('main').textContent;
  document.body.append(Object.assign(document.createElement('pre'), {textContent: JSON.stringify(found)}));
};
"""


def check(name, passed, found=""):
    global failures
    failures += not passed
    print(f"{'ok    ' if passed else 'FAILED'} {name}" + (f": {found}" if found and not passed else ""), flush=True)


def browse(page, *options):
    """Runs Chromium on a page; its output and what it logs."""
    with tempfile.TemporaryDirectory() as profile:
        ended = subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-extensions", "--disable-dev-shm-usage", "--allow-file-access-from-files",
             "--enable-logging=stderr", f"--user-data-dir={profile}", *options, page.resolve().as_uri()],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, text=True)
    return ended.stdout, [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


def host(page, width, script=""):
    """A page that shows another one as wide as a screen would be: windows have a least width."""
    path = page.with_name(f"{page.stem}-{width}-{'probe' if script else 'plain'}.html")
    style = "body { margin: 0 } iframe { border: 0; display: block }"
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8"><style>{style}</style><script>{script}</script>'
                    f'<iframe src="{page.name}" width="{width}" height="{HEIGHT}"></iframe>')
    return path


def look(page, width):
    """What the probe finds in a page."""
    output, console = browse(host(page, width, PROBE), "--dump-dom", f"--window-size={max(width, 500)},{HEIGHT}")
    found = re.search(r"<pre>(.*)</pre>", output, re.S)
    check(f"{page.stem} at {width}: no error of JavaScript", not console and "<title>error:" not in output, console)
    check(f"{page.stem} at {width}: opened", found is not None, output[:200])
    text = found.group(1) if found else "{}"
    for entity, character in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]:
        text = text.replace(entity, character)
    return json.loads(text)


def pixels(path):
    """Width and rows of RGB or RGBA bytes of a PNG of 8 bits that is not interlaced."""
    data = path.read_bytes()
    place, content = 8, b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        body = data[place + 8:place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert depth == 8 and colour in (2, 6) and interlace == 0
        if kind == b"IDAT":
            content += body
        place += 12 + length
    size = 3 if colour == 2 else 4
    raw, rows, above = zlib.decompress(content), [], bytes(width * size)
    for row in range(height):
        begin = row * (width * size + 1)
        line = bytearray(raw[begin + 1:begin + 1 + width * size])
        unfilter(raw[begin], line, above, size)
        rows.append(line)
        above = line
    return width, size, rows


def unfilter(kind, line, above, size):
    if kind == 1:
        for i in range(size, len(line)):
            line[i] = (line[i] + line[i - size]) & 255
    elif kind == 2:
        for i, up in enumerate(above):
            line[i] = (line[i] + up) & 255
    elif kind == 3:
        for i, up in enumerate(above):
            line[i] = (line[i] + (up + (line[i - size] if i >= size else 0)) // 2) & 255
    elif kind == 4:
        for i, up in enumerate(above):
            left, corner = (line[i - size], above[i - size]) if i >= size else (0, 0)
            guess = left + up - corner
            a, b, c = abs(guess - left), abs(guess - up), abs(guess - corner)
            line[i] = (line[i] + (left if a <= b and a <= c else up if b <= c else corner)) & 255


def picture(page, width, dark, isKept):
    """Takes a picture: its background, and whether there is something on it."""
    name = f"{page.stem}-{width}-{'dark' if dark else 'light'}"
    options = [f"--window-size={max(width, 500)},{HEIGHT}", *(["--force-dark-mode"] if dark else [])]
    if isKept:
        browse(host(page, width), f"--screenshot={page.with_name(name)}.png", *options)
    path = page.with_name(f"{name}-small.png")
    browse(host(page, width), f"--screenshot={path}", f"--force-device-scale-factor={SCALE}", *options)
    found_width, size, rows = pixels(path)
    shown = rows[:len(rows) // 2]
    background = tuple(rows[0][:3])
    colours = [tuple(row[place:place + 3]) for row in shown for place in range(0, int(width * SCALE) * size, size)]
    share = sum(colour != background for colour in colours) / len(colours)
    brightness = sum(background) / 3
    check(f"{name}: the size", found_width == int(max(width, 500) * SCALE), found_width)
    check(f"{name}: the background", brightness < 60 if dark else brightness > 220, background)
    check(f"{name}: not blank", share > 0.3 and len(set(colours)) > 60, (share, len(set(colours))))


def train(millrace, fixtures, page, *options, data=None):
    command = [millrace, "train", "--model", f"{fixtures}/digits-mlp.keras", "--data",
               str(data or f"{fixtures}/digits-train.h5"), "--report", str(page), "--quiet", *options]
    subprocess.run(command, check=True)
    text = page.read_text()
    check(f"{page.stem}: needs nothing from elsewhere",
          not re.search(r'(src|href)="(?!data:)|url\(|@import|fetch\(', text))
    check(f"{page.stem}: below 2 MB", len(text) < 2_000_000, len(text))


def looks_right(page, charts, width, titles):
    found = look(page, width)
    check(f"{page.stem} at {width}: {charts} charts are drawn", found["charts"] == found["drawn"] == charts,
          (found["charts"], found["drawn"], found["titles"]))
    check(f"{page.stem} at {width}: titles", set(titles) <= set(found["titles"]), found["titles"])
    check(f"{page.stem} at {width}: labels do not overlap", not found["overlaps"], found["overlaps"])
    check(f"{page.stem} at {width}: not wider than the screen", found["width"] <= width, found["width"])
    check(f"{page.stem} at {width}: numbers below the pointer", found["tips"] == charts, found["tips"])
    return found


def main(millrace, fixtures, folder=None):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(folder or scratch)
        scratch.mkdir(parents=True, exist_ok=True)
        # A name that is no HTML: it must come out as it is.
        data = scratch / "digits <b>&amp;\"quoted\"'.h5"
        shutil.copy(f"{fixtures}/digits-train.h5", data)
        course = ["loss of batches", "learning rate", "samples per second", "share of time waited for data",
                  "memory by account"]

        page = scratch / "whole.html"
        train(millrace, fixtures, page, "--validation", f"{fixtures}/digits-test.h5", "--epochs", "20",
              "--memory", "96MiB", "--early-stopping", "val_loss:3", "--reduce-lr", "val_loss:0.5:1",
              "--learning-rate", "0.02", data=data)
        for width in (1200, 400):
            found = looks_right(page, 7, width, ["loss", "accuracy", *course])
        check("whole: it is done", found["status"] == "done", found["status"])
        check("whole: the name of the data", data.name in found["text"])
        check("whole: notes", any("early stopping" in note for note in found["remarks"]), found["remarks"])
        check("whole: the plan", all(word in found["text"] for word in ["measured peak", "activations", "cap"]))
        for width in (1200, 400):
            for dark in (False, True):
                picture(page, width, dark, folder)

        page = scratch / "short.html"
        train(millrace, fixtures, page, "--epochs", "1")
        looks_right(page, 7, 1200, ["loss", "accuracy", *course])
        picture(page, 1200, False, folder)

        page = scratch / "nan.html"
        train(millrace, fixtures, page, "--epochs", "4", "--optimizer", "sgd", "--learning-rate", "3e37",
              "--validation", f"{fixtures}/digits-test.h5")
        found = look(page, 400)
        check("nan: says so", any("no numbers" in remark for remark in found["remarks"]), found["remarks"])
        picture(page, 400, True, folder)
        data.unlink()
    return failures != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
