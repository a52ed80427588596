"use strict";
// Sorts, filters and searches the table, and keeps a page that is served up to date. What is chosen stands in the
// fragment of the address: it survives a reload, can be kept as a bookmark, and is handed on to the other language.
(() => {
  const byId = (id) => document.getElementById(id);
  const FILTERS = ["status", "lost", "note"];
  const state = { q: "", status: "", lost: "", note: "", mistake: "", sort: "", dir: "" };
  const PAUSE = 1000; // milliseconds between two looks at whether something has changed
  let rows = [], order = []; // by name, and as they stand now

  // "Пётр" is found by "петр", "José" by "jose".
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const texts = (cell) => [...cell.childNodes].map((node) => node.textContent);

  const readFragment = () => {
    const text = location.hash.slice(1);
    if (text && !text.includes("=")) return false; // a place on the page
    const given = new URLSearchParams(text);
    for (const key of Object.keys(state)) state[key] = given.get(key) ?? "";
    return true;
  };

  const writeFragment = () => {
    const chosen = Object.entries(state).filter(([, value]) => value);
    history.replaceState(null, "", "#" + new URLSearchParams(chosen));
  };

  const collectRows = () => {
    rows = [...byId("rows").tBodies[0].rows].map((row, place) => ({
      row,
      place,
      text: folded([row.cells[0], ...[...row.cells].slice(-2)].flatMap(texts).join(" ")),
      status: row.dataset.status,
      lost: row.dataset.lost.split(" "),
      note: row.dataset.notes.split(" "),
      mistake: row.dataset.mistakes.split("|"),
    }));
    order = rows;
  };

  const isShown = (each, words) =>
    words.every((word) => each.text.includes(word)) &&
    (!state.status || each.status === state.status) &&
    (!state.lost || each.lost.includes(state.lost)) &&
    (!state.note || each.note.includes(state.note)) &&
    (!state.mistake || each.mistake.includes(state.mistake));

  const headers = () => [...byId("rows").tHead.rows[0].cells];

  // What rows are sorted by; null stands last whichever way they are sorted.
  const sortKey = (column) => {
    const key = headers()[column].dataset.key;
    if (key === "name") return (each) => each.place;
    if (key === "notes") return (each) => -each.note.filter(Boolean).length;
    if (headers()[column].classList.contains("number"))
      return ({ row }) => ("v" in row.cells[column].dataset ? Number(row.cells[column].dataset.v) : null);
    return ({ row }) => row.cells[column].textContent.trim() || null;
  };

  const sort = () => {
    const column = headers().findIndex((header) => header.dataset.key === (state.sort || "name"));
    if (column < 0) return;
    const key = sortKey(column), down = state.dir === "down" ? -1 : 1;
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    const keyed = rows.map((each) => [key(each), each]);
    keyed.sort(([a, one], [b, other]) => {
      if (a === null || b === null) return (a === null) - (b === null) || one.place - other.place;
      return down * (typeof a === "string" ? compare(a, b) : a - b) || one.place - other.place;
    });
    const ordered = keyed.map(([, each]) => each);
    if (ordered.some((each, i) => each !== order[i])) byId("rows").tBodies[0].append(...ordered.map((each) => each.row));
    order = ordered; // to move a thousand rows takes a while, and on opening they mostly stand right
    headers().forEach((header, i) => {
      if (i === column) header.setAttribute("aria-sort", down < 0 ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    });
  };

  const filter = () => {
    const words = folded(state.q).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of rows) {
      const show = isShown(each, words);
      each.row.hidden = !show;
      shown += show;
    }
    const text = byId("count").dataset.text;
    byId("count").textContent = text.replace("{n}", shown).replace("{of}", rows.length);
    byId("reset").hidden = !(words.length || state.mistake || FILTERS.some((name) => state[name]));
    const heading = [...document.querySelectorAll("[data-mistake]")].find((e) => e.dataset.mistake === state.mistake);
    byId("only").hidden = !state.mistake;
    byId("only").querySelector("strong").textContent = heading?.querySelector("h3").textContent ?? state.mistake;
  };

  const showControls = () => {
    if (byId("q").value !== state.q) byId("q").value = state.q;
    for (const name of FILTERS) {
      byId(name).value = state[name];
      if (byId(name).value !== state[name]) byId(name).value = state[name] = "";
    }
  };

  const setUpTable = () => {
    collectRows();
    for (const header of headers()) {
      const button = document.createElement("button");
      button.type = "button";
      button.title = byId("rows").dataset.sortHint;
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const again = (state.sort || "name") === header.dataset.key;
        state.dir = again && !state.dir ? "down" : "";
        state.sort = header.dataset.key === "name" ? "" : header.dataset.key;
        writeFragment();
        sort();
      });
    }
    sort();
    filter();
  };

  const setUpControls = () => {
    byId("tools").hidden = false;
    byId("tools").addEventListener("submit", (event) => event.preventDefault());
    byId("q").addEventListener("input", () => {
      state.q = byId("q").value;
      writeFragment();
      filter();
    });
    for (const name of FILTERS)
      byId(name).addEventListener("change", () => {
        state[name] = byId(name).value;
        writeFragment();
        filter();
      });
    byId("reset").addEventListener("click", () => {
      for (const name of ["q", "mistake", ...FILTERS]) state[name] = "";
      showControls();
      writeFragment();
      filter();
      byId("q").focus();
    });
    addEventListener("hashchange", () => {
      if (!readFragment()) return;
      showControls();
      sort();
      filter();
      if (state.mistake) byId("table").scrollIntoView();
    });
    for (const link of document.querySelectorAll("[data-language]"))
      link.addEventListener("click", () => { link.hash = location.hash; });
  };

  // Of a page that is served: fetched again when something has changed, and put in place part by part.
  const putInPlace = (fresh) => {
    const open = [...document.querySelectorAll("details[data-key]")].map((e) => [e.dataset.key, e.open]);
    const inFocus = document.activeElement?.closest("[data-part] a, [data-part] button, [data-part] summary");
    const signature = (e) => [e.tagName, e.getAttribute("href"), e.closest("[data-key]")?.dataset.key].join(" ");
    const focused = inFocus && signature(inFocus);
    for (const part of document.querySelectorAll("[data-part]")) {
      const other = fresh.getElementById(part.id);
      if (other) part.replaceWith(document.adoptNode(other));
    }
    const wasOpen = new Map(open);
    for (const e of document.querySelectorAll("details[data-key]"))
      if (wasOpen.has(e.dataset.key)) e.open = wasOpen.get(e.dataset.key);
    setUpTable();
    if (focused)
      [...document.querySelectorAll("[data-part] a, [data-part] button, [data-part] summary")]
        .find((e) => signature(e) === focused)?.focus({ preventScroll: true });
  };

  const say = (text) => {
    if (byId("live").textContent !== text) byId("live").textContent = text;
  };

  const look = async () => {
    const live = byId("live");
    try {
      const answer = await fetch(location.pathname, {
        cache: "no-store",
        headers: { "If-None-Match": `"${live.dataset.version}"` },
      });
      if (answer.status === 200) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        live.dataset.version = fresh.getElementById("live").dataset.version;
        live.dataset.text = fresh.getElementById("live").textContent;
        putInPlace(fresh);
      }
      say(answer.status === 200 || answer.status === 304 ? live.dataset.text : live.dataset.lost);
    } catch {
      say(live.dataset.lost);
    }
  };

  const keepUpToDate = () => {
    byId("live").dataset.text = byId("live").textContent;
    const again = async () => {
      if (!document.hidden) await look();
      setTimeout(again, PAUSE);
    };
    setTimeout(again, PAUSE);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  };

  document.documentElement.classList.add("with-script");
  readFragment();
  setUpControls();
  showControls();
  setUpTable();
  if (byId("live")) keepUpToDate();
})();
