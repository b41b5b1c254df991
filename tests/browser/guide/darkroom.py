"""Pictures that weigh little: a page has few colours, so its picture is kept in sixteen."""

import struct
import zlib
from base64 import b64decode, b64encode

from playwright.sync_api import Browser

COLOURS = 16
DEPTH = 4  # bits a pixel
INDEXED = 3  # PNG's colour type
#: In: a PNG, in base64. Out: width, height, the palette, and PNG's rows of two pixels a byte.
REDUCE = """async ([picture, most]) => {
  const file = await fetch("data:image/png;base64," + picture);
  const bitmap = await createImageBitmap(await file.blob());
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  canvas.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer);
  const channels = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const distance = (one, other) => {
    const [r, g, b] = [0, 8, 16].map((at) => ((one >> at) & 255) - ((other >> at) & 255));
    return 3 * r * r + 6 * g * g + b * b;
  };

  const uses = new Map();
  for (const pixel of pixels) uses.set(pixel, (uses.get(pixel) || 0) + 1);
  // the most used first, then always the one whose absence would show most
  const colours = [...uses].map(([colour, times]) => ({ colour, times, off: 1e12, at: 0 }));
  colours.sort((one, other) => other.times - one.times || one.colour - other.colour);
  const palette = [];
  while (palette.length < most) {
    const cost = ({ off, times }) => off * Math.sqrt(times);
    const next = colours.reduce((worst, one) => (cost(one) > cost(worst) ? one : worst));
    if (next.off === 0) break;
    for (const one of colours) {
      const off = distance(one.colour, next.colour);
      if (off < one.off) Object.assign(one, { off, at: palette.length });
    }
    palette.push(channels(next.colour));
  }

  const index = new Map(colours.map(({ colour, at }) => [colour, at]));
  const length = 1 + Math.ceil(width / 2); // a row starts with the name of its filter: none
  const rows = new Uint8Array(length * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * length + 1 + (x >> 1)] |= index.get(pixels[y * width + x]) << (x % 2 ? 0 : 4);
    }
  }
  let text = "";
  for (let at = 0; at < rows.length; at += 32768) {
    text += String.fromCharCode(...rows.subarray(at, at + 32768));
  }
  return [width, height, palette, btoa(text)];
}"""


class Darkroom:
    """A blank page of its own in the browser, where pictures are made smaller."""

    def __init__(self, browser: Browser) -> None:
        self.page = browser.new_page()

    def develop(self, picture: bytes) -> bytes:
        """The same picture, as a PNG with a palette; the same bytes for the same picture."""
        answer = self.page.evaluate(REDUCE, [b64encode(picture).decode(), COLOURS])
        width, height, palette, rows = answer
        header = struct.pack(">IIBBBBB", width, height, DEPTH, INDEXED, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            [
                chunk(b"IHDR", header),
                chunk(b"PLTE", bytes(channel for colour in palette for channel in colour)),
                chunk(b"IDAT", zlib.compress(b64decode(rows), 9)),
                chunk(b"IEND", b""),
            ]
        )


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
