// What makes a page usable by everybody, as far as a program can tell: gives what is wrong with it.
() => {
  const problems = [];
  const check = (holds, problem) => holds || problems.push(problem);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (element) => element.outerHTML.slice(0, 120);
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);

  check(/^(en|zh-Hans)$/.test(document.documentElement.lang), "no language");
  check(document.title.trim() && !document.title.trim().startsWith("·"), "no title");
  check(document.querySelectorAll("main").length === 1, "not one main");
  check(document.querySelectorAll("h1").length === 1, "not one h1");
  check(document.documentElement.scrollWidth <= innerWidth, `${document.documentElement.scrollWidth} px wide`);

  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName[1]);
    check(next <= level + 1, `h${next} behind h${level}: ${name(heading)}`);
    level = next;
  }

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) check(ids.filter((other) => other === id).length === 1, `two of #${id}`);
  for (const referring of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    const named = `${referring.getAttribute("aria-labelledby") || ""} ${referring.getAttribute("aria-describedby") || ""}`;
    for (const id of named.split(/\s+/).filter(Boolean)) check(document.getElementById(id), `no #${id}`);
  }
  for (const field of all("input:not([type=hidden]), textarea, select")) {
    check(field.labels.length || field.ariaLabel, `no label: ${name(field)}`);
  }
  for (const control of all("a, button, summary")) {
    check(control.ariaLabel || control.textContent.trim(), `no name: ${name(control)}`);
  }
  for (const picture of all("img, svg")) {
    const named = picture.getAttribute("alt") !== null || picture.ariaHidden || picture.querySelector("title");
    check(named, `no text beside: ${name(picture)}`);
  }

  for (const control of all("a[href], button, input:not([type=hidden]), textarea, summary, [tabindex='0']")) {
    control.focus({ focusVisible: true, preventScroll: true });
    const style = getComputedStyle(control);
    check(control.disabled || style.outlineStyle !== "none", `focus not seen: ${name(control)}`);
  }
  document.activeElement.blur();

  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const [red, green, blue] = parts(color).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      const opacity = parts(color)[3];
      if (opacity === undefined || opacity > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(element) || element.closest("svg, script, title")) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    check(ratio >= 4.5, `contrast ${ratio.toFixed(2)}: ${name(element)}`);
  }
  return [...new Set(problems)];
};
