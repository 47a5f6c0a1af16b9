/* Scaling */
function drawScaling(run) {
  const study = DATA.scaling.filter((entry) => entry.model === run.model);
  byId("scalingpanel").hidden = !study.length;
  if (!study.length) return;
  const engines = [...new Set(study.flatMap((entry) => Object.keys(entry.accounts)))];
  if (!engines.includes(state.scaleEngine)) state.scaleEngine = "MATRIX";
  choice("scaleengine", engines.map((name) => [name, name]), state.scaleEngine, (value) => { state.scaleEngine = value; });
  const measured = DATA.runs.filter((other) => other.model === run.model && other.mismatches !== null);
  const share = byId("scalingshare"), lines = byId("scalingcycles");
  share.replaceChildren();
  lines.replaceChildren();
  const step = 580 / study.length;
  for (let p = 0; p <= 4; p++) {
    const y = 330 - (p / 4) * 290;
    shape(share, "line", { class: "grid", x1: 48, x2: 630, y1: y, y2: y });
    shape(share, "text", { x: 42, y: y + 4, "text-anchor": "end" }, 25 * p + " %");
  }
  study.forEach((entry, index) => {
    const left = 48 + step * index + step * 0.14, width = step * 0.72;
    const account = entry.accounts[state.scaleEngine];
    let top = 330;
    (account || []).forEach((value, cause) => {
      const height = (290 * value) / entry.cycles;
      if (height <= 0) return;
      top -= height;
      const piece = shape(share, "rect", { x: left, y: top, width, height, fill: `var(--${DATA.causes[cause]})` });
      explain(piece, `${entry.config}, ${entry.rows}x${entry.cols}\n${CAUSES[DATA.causes[cause]][0]}: ${whole(value)} cycles, ${percent(value / entry.cycles)}`);
    });
    shape(share, "text", { class: "strong", x: left + width / 2, y: 30, "text-anchor": "middle" }, whole(entry.cycles));
    shape(share, "text", { class: "strong", x: left + width / 2, y: 350, "text-anchor": "middle" }, `${entry.rows}x${entry.cols}`);
    shape(share, "text", { x: left + width / 2, y: 367, "text-anchor": "middle" }, entry.config);
  });
  shape(share, "text", { x: 48, y: 12 }, "cycles of an inference, and what " + state.scaleEngine + " does with them");

  const macs = study.map((entry) => entry.macsPerCycle), top = Math.max(...study.map((entry) => entry.cycles));
  const x0 = Math.min(...macs) / 1.6, x1 = Math.max(...macs) * 1.6, y1 = top * 1.8;
  const y0 = Math.min(...study.map((entry) => entry.cycles), run.macs / Math.max(...macs)) / 1.8;
  const X = (v) => 74 + (546 * Math.log(v / x0)) / Math.log(x1 / x0), Y = (v) => 340 - (316 * Math.log(v / y0)) / Math.log(y1 / y0);
  for (let v = 10 ** Math.ceil(Math.log10(y0)); v <= y1; v *= 10) {
    shape(lines, "line", { class: "grid", x1: 74, x2: 620, y1: Y(v), y2: Y(v) });
    shape(lines, "text", { x: 68, y: Y(v) + 4, "text-anchor": "end" }, scaled(v).trim());
  }
  for (const entry of study) {
    shape(lines, "line", { class: "grid", x1: X(entry.macsPerCycle), x2: X(entry.macsPerCycle), y1: 24, y2: 340 });
    shape(lines, "text", { x: X(entry.macsPerCycle), y: 358, "text-anchor": "middle" }, `${entry.rows}x${entry.cols}`);
  }
  shape(lines, "text", { x: 347, y: 382, "text-anchor": "middle" }, "array (MACs per cycle, logarithmic)");
  shape(lines, "text", { x: 74, y: 12 }, "cycles, logarithmic; dashed: every multiplier of the array always busy");
  shape(lines, "path", { d: `M${X(macs[0])} ${Y(run.macs / macs[0])}L${X(macs[macs.length - 1])} ${Y(run.macs / macs[macs.length - 1])}`, stroke: css("soft"), "stroke-dasharray": "6 4", fill: "none" });
  const sorted = [...study].sort((a, b) => a.macsPerCycle - b.macsPerCycle);
  shape(lines, "path", { d: "M" + sorted.map((entry) => `${X(entry.macsPerCycle)} ${Y(entry.cycles)}`).join("L"), stroke: css("accent"), "stroke-width": 2, fill: "none" });
  for (const entry of study) {
    const dot = shape(lines, "circle", { cx: X(entry.macsPerCycle), cy: Y(entry.cycles), r: 4.5, fill: css("accent") });
    explain(dot, `${entry.config}, predicted: ${whole(entry.cycles)} cycles\nutilisation ${percent(entry.utilization)}`);
    shape(lines, "text", { class: "strong", x: X(entry.macsPerCycle) + 10, y: Y(entry.cycles) - 8 }, percent(entry.utilization));
  }
  for (const other of measured) {
    const ring = shape(lines, "circle", { cx: X(other.rows * other.cols), cy: Y(other.cycles), r: 9, fill: "transparent", stroke: css("text"), "stroke-width": 2 });
    explain(ring, `${other.config}, measured on the RTL: ${whole(other.cycles)} cycles`);
  }
}
