"use strict";
// Texts reach the page as text nodes only: articles and labels are strangers' words.
(() => {
  const PAGE = matchMedia("(max-width: 44rem)").matches ? 20 : 50;
  const SEARCH_DELAY = 120; // ms

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const shown = (column, cell) => {
    if (cell === null) return "–";
    if (column.kind === "choice") return column.values[cell] || "–";
    return column.kind === "number" ? cell.toFixed(column.digits) : cell;
  };

  const comparing = (column, place, direction) => (one, other) => {
    const a = one[place], b = other[place];
    if (a === b) return 0;
    if (a === null) return 1; // what is not known comes last, whichever way
    if (b === null) return -1;
    const order = column.kind === "number"
      ? a - b
      : String(shown(column, a)).localeCompare(String(shown(column, b)), undefined, {numeric: true});
    return order * direction;
  };

  class Browser {
    constructor(place, {columns, rows}) {
      this.place = place;
      this.columns = columns;
      this.rows = rows;
      this.wanted = new Map(); // column -> value
      this.sorted = null; // [column, direction]
      this.headings = new Map(); // column -> its heading
      this.page = 0;
      this.words = null;
      this.article = columns.findIndex((one) => one.kind === "article");
      this.build();
      this.refresh();
      place.hidden = false;
    }

    build() {
      const controls = element("div", {class: "controls"});
      this.search = element("input", {type: "search", placeholder: "words"});
      controls.append(element("label", {}, "search", this.search));
      let waiting;
      this.search.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => this.refresh(), SEARCH_DELAY);
      });
      this.selects = new Map();
      this.columns.forEach((column, place) => {
        if (column.kind === "choice") controls.append(this.select(column, place));
      });
      const order = this.order();
      const clear = element("button", {type: "button"}, "Show all");
      clear.addEventListener("click", () => this.show(new Map()));
      this.count = element("p", {class: "note", role: "status"});
      this.head = element("tr");
      this.columns.forEach((column, place) => {
        if (place !== this.article) this.head.append(this.heading(column, place));
      });
      this.body = element("tbody");
      const table = element("table", {}, element("thead", {}, this.head), this.body);
      const name = this.place.dataset.name;
      const scroll = {class: "scroll", tabindex: "0", role: "region", "aria-label": `Table of ${name}`};
      this.previous = this.turning("Previous", -1);
      this.next = this.turning("Next", 1);
      this.where = element("span", {"aria-live": "polite"});
      const pages = element("div", {class: "pages"}, this.previous, this.where, this.next);
      controls.append(order, clear);
      this.place.append(controls, this.count, element("div", scroll, table), pages);
    }

    select(column, place) {
      const select = element("select", {}, element("option", {value: ""}, "all"));
      column.values.forEach((value, index) => {
        select.append(element("option", {value: index}, value || "–"));
      });
      select.addEventListener("change", () => {
        if (select.value === "") this.wanted.delete(place);
        else this.wanted.set(place, Number(select.value));
        this.refresh();
      });
      this.selects.set(place, select);
      return element("label", {}, column.name, select);
    }

    heading(column, place) {
      const button = element("button", {type: "button"}, column.name);
      const number = column.kind === "number";
      const heading = element("th", {scope: "col", ...(number && {class: "number"})}, button);
      button.addEventListener("click", () => {
        const [sorted, direction] = this.sorted ?? [];
        this.sort(sorted === place ? (direction === 1 ? [place, -1] : null) : [place, 1]);
      });
      this.headings.set(place, heading);
      return heading;
    }

    /** What a narrow screen has instead of headings. */
    order() {
      const id = `order of ${this.place.dataset.name}`.replaceAll(" ", "-");
      this.orders = element("select", {id}, element("option", {value: ""}, "as they came"));
      this.columns.forEach((column, place) => {
        if (place === this.article) return;
        for (const [direction, sign] of [[1, "▲"], [-1, "▼"]]) {
          const value = `${place} ${direction}`;
          this.orders.append(element("option", {value}, `${column.name} ${sign}`));
        }
      });
      this.orders.addEventListener("change", () => {
        this.sort(this.orders.value === "" ? null : this.orders.value.split(" ").map(Number));
      });
      return element("div", {class: "narrow"}, element("label", {for: id}, "order"), this.orders);
    }

    /** Sort by [column, direction], or not at all. */
    sort(sorted) {
      this.sorted = sorted;
      for (const [place, heading] of this.headings) {
        if (place !== sorted?.[0]) heading.removeAttribute("aria-sort");
        else heading.setAttribute("aria-sort", sorted[1] === 1 ? "ascending" : "descending");
      }
      this.orders.value = sorted?.join(" ") ?? "";
      this.refresh();
    }

    turning(label, step) {
      const button = element("button", {type: "button"}, label);
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") === "true") return;
        this.page += step;
        this.draw();
      });
      return button;
    }

    /** Show the rows that have these values, by column, and no search. */
    show(wanted) {
      this.wanted = wanted;
      this.search.value = "";
      for (const [place, select] of this.selects) select.value = wanted.get(place) ?? "";
      this.refresh();
    }

    matching() {
      const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length && !this.words) {
        this.words = new Map(this.rows.map((row) => [row, row
          .map((cell, place) => (cell === null ? "" : shown(this.columns[place], cell)))
          .join("\n").toLowerCase()]));
      }
      return this.rows.filter((row) => {
        for (const [place, value] of this.wanted) if (row[place] !== value) return false;
        return words.every((word) => this.words.get(row).includes(word));
      });
    }

    refresh() {
      this.found = this.matching();
      if (this.sorted) {
        const [place, direction] = this.sorted;
        this.found.sort(comparing(this.columns[place], place, direction));
      }
      this.page = 0;
      const name = this.place.dataset.name;
      this.count.textContent =
        `${this.found.length.toLocaleString("en")} of ${this.rows.length.toLocaleString("en")} ${name}`;
      this.draw();
    }

    draw() {
      const pages = Math.max(1, Math.ceil(this.found.length / PAGE));
      const start = this.page * PAGE;
      this.body.replaceChildren(
        ...this.found.slice(start, start + PAGE).flatMap((row) => this.lines(row)));
      // really disabled, a button would lose the focus to the top of the page
      this.previous.setAttribute("aria-disabled", this.page === 0);
      this.next.setAttribute("aria-disabled", this.page >= pages - 1);
      this.where.textContent = `page ${this.page + 1} of ${pages}`;
    }

    lines(row) {
      const line = element("tr", {class: "leads"});
      this.columns.forEach((column, place) => {
        if (place === this.article) return;
        const kind = column.kind === "number" ? {class: "number"} : {};
        line.append(element("td", {...kind, "data-name": column.name}, shown(column, row[place])));
      });
      const text = this.article < 0 ? null : row[this.article];
      if (!text) return [line];
      const cell = element("td", {colspan: this.columns.length - 1}, text);
      return [line, element("tr", {class: "article"}, cell)];
    }
  }

  const tables = document.querySelectorAll("script.rows");
  const browsers = [...document.querySelectorAll(".browser")].map(
    (place, index) => new Browser(place, JSON.parse(tables[index].textContent)));

  const cases = browsers.find((one) => one.place.dataset.name === "cases");
  document.addEventListener("click", (event) => {
    const cell = event.target.closest?.("[data-gold]");
    if (!cell || !cases) return;
    const [gold, predicted] = ["gold", "predicted"].map(
      (name) => cases.columns.findIndex((one) => one.name === name));
    const label = Number(cell.dataset.predicted);
    const chosen = cases.columns[predicted].kind === "choice";
    cases.show(new Map([
      [gold, Number(cell.dataset.gold)],
      [predicted, chosen ? label : cases.columns[gold].values[label]], // of many texts, by its name
    ]));
    cases.place.closest("section").scrollIntoView();
  });

  const theme = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  let chosen = 0;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    chosen = (chosen + 1) % themes.length;
    if (chosen) document.documentElement.dataset.theme = themes[chosen];
    else delete document.documentElement.dataset.theme;
    theme.textContent = `Theme: ${chosen ? themes[chosen] : "as the system"}`;
  });

  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details.confusion")) one.open = true;
  });
})();
