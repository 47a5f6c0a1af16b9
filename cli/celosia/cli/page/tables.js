/* Summary */
function drawSummary(run) {
  const cards = byId("summary");
  cards.replaceChildren();
  const seconds = run.cycles / run.clock;
  const verdict = run.mismatches === null ? "predicted" : run.mismatches ? run.mismatches + " wrong" : "bit-exact";
  const error = run.predicted / run.cycles - 1;
  for (const [value, label] of [
    [whole(run.cycles), run.mismatches === null ? "cycles, predicted" : "cycles, measured on the RTL"],
    [percent(run.utilization), `utilisation of ${run.rows} x ${run.cols}`],
    [scaled(run.macs) + "MAC", run.batch > 1 ? `${run.batch} inputs at once` : "network"],
    [(seconds * 1e3).toPrecision(3) + " ms", `at ${run.clock / 1e6} MHz`],
    [scaled(run.batch / seconds).trim(), "inferences per second"],
    [verdict, run.mismatches === null ? "nothing was computed" : error ? `prediction off by ${(100 * error).toFixed(2)} %` : "exactly as predicted"],
  ]) {
    const card = element("div", { class: "card" }, null, cards);
    element("b", {}, value, card);
    element("span", {}, label, card);
  }
}

/* Memory traffic */
function drawTraffic(run) {
  const parent = byId("traffic");
  parent.replaceChildren();
  const table = element("table", {}, null, parent), head = element("tr", {}, null, table);
  for (const [label, side] of [["memory", "left"], ["bytes", ""], ["a cycle", ""], ["of its ports", ""], ["MACs a byte", ""]])
    element("th", { class: side }, label, head);
  DATA.levels.forEach((level, i) => {
    const moved = run.bytes[i], row = element("tr", {}, null, table), ports = run.bandwidth[level];
    element("td", { class: "left" }, LEVELS[level], row);
    element("td", {}, whole(moved), row);
    element("td", {}, (moved / run.cycles).toFixed(2), row);
    element("td", {}, ports ? percent(moved / run.cycles / ports) : "", row);
    element("td", {}, moved ? (run.macs / moved).toPrecision(3) : "", row);
  });
}

/* Layers */
function drawLayers(run) {
  const table = byId("layers");
  table.replaceChildren();
  const head = element("tr", {}, null, table);
  for (const label of ["layer", "operator", "packing"]) element("th", { class: "left" }, label, head);
  for (const label of ["MACs", "later end", "utilisation", ...run.engines.map((name) => name + " busy"), ...DATA.levels.map((level) => LEVELS[level])])
    element("th", {}, label, head);
  for (const layer of run.layers) {
    const row = element("tr", {}, null, table), host = layer.cycles === null;
    for (const text of [`${layer.number} ${layer.name}`, layer.op, host ? "on the host" : layer.packing]) element("td", { class: "left", title: text }, text, row);
    element("td", {}, layer.macs ? whole(layer.macs) : "", row);
    element("td", {}, host ? "" : whole(layer.cycles), row);
    const offered = sum(Object.entries(run.peaks).map(([engine, peak]) => (layer.accounts[engine][0] ? peak * sum(layer.accounts[engine]) : 0)));
    element("td", {}, layer.macs && offered ? percent(layer.macs / offered) : "", row);
    for (const engine of run.engines) element("td", {}, host ? "" : whole(sum(layer.accounts[engine].slice(0, 3))), row);
    for (const moved of layer.bytes) element("td", {}, moved ? whole(moved) : "", row);
  }
}
