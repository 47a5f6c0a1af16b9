/* Draws the page, again after every choice. */
function draw() {
  const run = DATA.runs[state.run];
  run.layers.forEach((layer, index) => { layer.number = index + 1; });
  if (!run.lanes) prepareTimeline(run);
  const nav = byId("runs");
  nav.replaceChildren();
  DATA.runs.forEach((other, index) => {
    const button = element("button", { type: "button", "aria-pressed": index === state.run }, `${other.model} · ${other.config}`, nav);
    button.addEventListener("click", () => { state.run = index; view.from = 0; view.to = other.cycles; draw(); });
  });
  drawSummary(run);
  drawTimeline(run);
  drawLayerLegend(run);
  drawLost(run);
  drawRoofline(run);
  drawTraffic(run);
  drawScaling(run);
  drawLayers(run);
}

function explainCauses() {
  const list = byId("causes");
  for (const [cause, [name, meaning]] of Object.entries(CAUSES)) {
    const term = element("dt", {}, null, list);
    element("i", { style: `background:var(--${cause})` }, null, term);
    term.append(name);
    element("dd", {}, meaning, list);
  }
}

document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  draw();
});
view.to = DATA.runs[0].cycles;
addEventListener("resize", () => drawTimeline(DATA.runs[state.run]));
timelineEvents();
explainCauses();
draw();
