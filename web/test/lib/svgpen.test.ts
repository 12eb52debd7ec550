import { expect, test } from "vitest";
import { SvgPen } from "../../src/lib/svgpen.ts";

test("strokes become paths, with clip, dash and strength, and text becomes text", () => {
  const pen = new SvgPen(100, 50, (text) => text.length * 6);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, 100, 50);
  pen.save();
  pen.beginPath();
  pen.rect(10, 5, 80, 40);
  pen.clip();
  pen.strokeStyle = "rgb(1, 2, 3)";
  pen.globalAlpha = 0.5;
  pen.lineWidth = 1.75;
  pen.setLineDash([6, 3]);
  pen.beginPath();
  pen.moveTo(10, 40);
  pen.lineTo(20.123456, 5);
  pen.lineTo(30, 40);
  pen.stroke();
  pen.restore();
  expect([pen.globalAlpha, pen.lineWidth, pen.strokeStyle]).toEqual([1, 1, "black"]);
  pen.beginPath();
  pen.arc(50, 20, 2);
  pen.fill();
  pen.font = "600 13px Inter, sans-serif";
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillText(`a < "b" & c\u0000`, 90, 10);
  expect(pen.measureText("abc").width).toBe(18);
  expect(pen.toString("loss <1>", "two lines").split("\n")).toEqual([
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" viewBox="0 0 100 50" role="img">',
    "<title>loss &lt;1&gt;</title><desc>two lines</desc>",
    '<rect x="0" y="0" width="100" height="50" fill="#fff"/>',
    '<clipPath id="clip1"><path d="M10 5h80v40h-80Z"/></clipPath><g clip-path="url(#clip1)">',
    '<path d="M10 40L20.12 5L30 40" fill="none" stroke="rgb(1, 2, 3)" stroke-width="1.75" stroke-linejoin="miter" stroke-linecap="butt" stroke-dasharray="6 3" stroke-opacity="0.5"/>',
    "</g>",
    '<path d="M48 20a2 2 0 1 0 4 0a2 2 0 1 0 -4 0" fill="#fff"/>',
    '<text x="90" y="10" text-anchor="end" dominant-baseline="central" font-family="Inter, sans-serif" font-size="13" font-weight="600" fill="#fff">a &lt; &quot;b&quot; &amp; c</text>',
    "",
    "</svg>",
    "",
  ]);
});

test("nothing drawn is nothing written", () => {
  const pen = new SvgPen(10, 10, () => 0);
  pen.beginPath();
  pen.stroke();
  pen.fill();
  pen.restore();
  expect(pen.toString("", "")).not.toContain("<path");
});
