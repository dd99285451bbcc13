const MARK =
  "M2.5 6.8h19M5.2 3.2h13.6M6 6.8v13.8M18 6.8v13.8M3.8 20.6h4.4M15.8 20.6h4.4" +
  "M6 10.2c0 2.7 4 2.7 4 0 0 2.7 4 2.7 4 0 0 2.7 4 2.7 4 0";

/** Torana's mark, in the colour of the words around it. It is that of the gateway's pages. */
export function mark(within) {
  const svg = within.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = within.createElementNS(svg.namespaceURI, "path");
  const looks = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" };
  for (const [name, value] of Object.entries(looks)) svg.setAttribute(name, value);
  path.setAttribute("d", MARK);
  svg.append(path);
  return svg;
}
