// Texts of the page whose contrast with what lies behind them is under 4.5 (WCAG AA), as [ratio, words].
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const paint = (...layers) => {
    pen.clearRect(0, 0, 1, 1);
    for (const layer of layers) (pen.fillStyle = layer), pen.fillRect(0, 0, 1, 1);
    return pen.getImageData(0, 0, 1, 1).data;
  };
  const light = ([...rgb]) => {
    const [r, g, b] = rgb.map((part) => ((part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      const stops = style.backgroundImage.match(/rgba?\([^)]+\)/g);
      layers.unshift(...(stops ? [style.backgroundColor, stops[0]] : [style.backgroundColor]));
    }
    return layers;
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !element.checkVisibility() || element.closest("noscript, .skip, .unseen")) continue;
    const layers = behind(element);
    const [one, two] = [light(paint(...layers)), light(paint(...layers, getComputedStyle(element).color))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) found.push([ratio.toFixed(2), words.currentNode.data.trim().slice(0, 40), element.className]);
  }
  return found;
}
