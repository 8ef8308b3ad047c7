// The lines of a map without a background: degrees north and east, and words at places. Nothing is loaded from anywhere.

const APART = 110;
const STEPS = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

function degrees(value, side, step) {
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  return `${value.toFixed(digits).replace(".", ",")}° ${side}`;
}

export function word(L, at, text, className = "grid-word") {
  const html = document.createElement("span");
  html.textContent = text;
  const icon = L.divIcon({ html, className, iconSize: [0, 0] });
  return L.marker(at, { icon, interactive: false, keyboard: false });
}

export class Grid {
  constructor(L, map, words) {
    Object.assign(this, { L, map, words, lines: L.layerGroup().addTo(map) });
  }

  draw() {
    const { L, map, words, lines } = this;
    lines.clearLayers();
    const bounds = map.getBounds();
    const [south, west, north, east] = [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()];
    const width = map.getSize().x / (east - west);
    const step = STEPS.findLast((one) => one * width >= APART) ?? STEPS[0];
    const style = { color: "#c9bda5", weight: 1, interactive: false };
    const corner = map.containerPointToLatLng([8, map.getSize().y - 48]);
    const edge = map.containerPointToLatLng([60, 4]);
    for (let n = Math.ceil(south / step); n * step <= north; n++) {
      lines.addLayer(L.polyline([[n * step, west], [n * step, east]], style));
      if (n * step < edge.lat && n * step > corner.lat) lines.addLayer(word(L, [n * step, corner.lng], degrees(n * step, words.north, step)));
    }
    for (let n = Math.ceil(west / step); n * step <= east; n++) {
      lines.addLayer(L.polyline([[south, n * step], [north, n * step]], style));
      if (n * step > edge.lng) lines.addLayer(word(L, [edge.lat, n * step], degrees(n * step, words.east, step)));
    }
  }
}
