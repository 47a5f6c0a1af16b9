/* Roofline */
function drawRoofline(run) {
  const svg = byId("roofline"), level = DATA.levels.indexOf(state.level);
  choice("rooflevel", Object.keys(run.bandwidth).map((name) => [name, LEVELS[name]]), state.level, (value) => { state.level = value; });
  svg.replaceChildren();
  const points = [];
  for (const layer of run.layers)
    for (const [engine, peak] of Object.entries(run.peaks)) {
      const account = layer.accounts[engine], cycles = sum(account), moved = layer.bytes[level];
      if (!layer.macs || !account[0] || !moved) continue;
      points.push({ layer, engine, x: layer.macs / moved, y: layer.macs / cycles, share: cycles / run.cycles, peak });
    }
  const bandwidth = run.bandwidth[state.level], peak = Math.max(...Object.values(run.peaks));
  const xs = points.map((p) => p.x), ys = points.map((p) => p.y);
  const low = (value) => 10 ** Math.floor(Math.log10(value) - 0.05), high = (value) => 10 ** Math.ceil(Math.log10(value) + 0.05);
  const x0 = low(Math.min(...xs, peak / bandwidth)), x1 = high(Math.max(...xs, peak / bandwidth));
  const y0 = low(Math.min(...ys, peak / 10)), y1 = peak * 4;
  const X = (v) => 58 + (562 * Math.log10(v / x0)) / Math.log10(x1 / x0);
  const Y = (v) => 372 - (356 * Math.log10(v / y0)) / Math.log10(y1 / y0);
  for (let v = x0; v <= x1 * 1.001; v *= 10) {
    shape(svg, "line", { class: "grid", x1: X(v), x2: X(v), y1: 16, y2: 372 });
    shape(svg, "text", { x: X(v), y: 390, "text-anchor": "middle" }, String(+v.toPrecision(3)));
  }
  for (let v = y0; v <= y1; v *= 10) {
    shape(svg, "line", { class: "grid", x1: 58, x2: 620, y1: Y(v), y2: Y(v) });
    shape(svg, "text", { x: 52, y: Y(v) + 4, "text-anchor": "end" }, String(+v.toPrecision(3)));
  }
  shape(svg, "text", { x: 340, y: 412, "text-anchor": "middle" }, `MACs per byte (${LEVELS[state.level]})`);
  shape(svg, "text", { x: 14, y: 194, "text-anchor": "middle", transform: "rotate(-90 14 194)" }, "MACs per cycle");
  for (const [engine, roof] of Object.entries(run.peaks)) {
    const knee = roof / bandwidth, from = Math.max(x0, y0 / bandwidth);
    const path = knee > from ? `M${X(from)} ${Y(from * bandwidth)}L${X(knee)} ${Y(roof)}L${X(x1)} ${Y(roof)}` : `M${X(x0)} ${Y(roof)}L${X(x1)} ${Y(roof)}`;
    shape(svg, "path", { d: path, fill: "none", stroke: css("text"), "stroke-width": 2, "stroke-dasharray": engine === "MATRIX" ? "" : "6 4" });
    shape(svg, "text", { class: "strong", x: 66, y: Y(roof) - 6 }, `${engine}: ${roof} MACs a cycle`);
  }
  if (bandwidth * x0 < peak)
    shape(svg, "text", { x: 612, y: 362, "text-anchor": "end" }, `slope: ${bandwidth} bytes a cycle`);
  points.sort((a, b) => b.share - a.share);
  const roofs = Object.values(run.peaks).map(Y);
  const taken = points.map((p) => ({ y: Y(p.y) + 4, left: X(p.x) - 8, wide: 16 }));
  points.forEach((p, rank) => {
    const colour = p.engine === "MATRIX" ? css("accent") : css("fill_drain");
    const dot = shape(svg, "circle", { cx: X(p.x), cy: Y(p.y), r: 4 + 16 * Math.sqrt(p.share), fill: colour, "fill-opacity": 0.55, stroke: colour });
    explain(dot, `${title(p.layer)} on ${p.engine}\n${p.y.toFixed(1)} MACs a cycle, ${percent(p.y / p.peak)} of the peak\n${p.x.toPrecision(3)} MACs a byte\n${percent(p.share)} of the run`);
    const radius = 4 + 16 * Math.sqrt(p.share), label = title(p.layer), wide = 7.4 * label.length;
    const free = [[1, 4], [-1, 4], [1, 20], [-1, 20], [1, -12], [-1, -12], [1, 36], [-1, 36], [1, -28], [-1, -28], [1, 52], [-1, 52]]
      .map(([side, down]) => ({ side, x: X(p.x) + side * (radius + 4), y: Y(p.y) + down, left: X(p.x) + (side > 0 ? radius : -radius - wide) }))
      .find((spot) => spot.left > 60 && spot.left + wide < 622 && roofs.every((y) => Math.abs(spot.y - 4 - y) > 9) && taken.every((other) => Math.abs(other.y - spot.y) > 13 || other.left + other.wide < spot.left || other.left > spot.left + wide));
    if (rank < 12 && free) {
      taken.push({ ...free, wide });
      shape(svg, "text", { class: "strong", x: free.x, y: free.y, "text-anchor": free.side > 0 ? "start" : "end", "pointer-events": "none" }, label);
    }
  });
}
