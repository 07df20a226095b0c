// What the pages gain with JavaScript: live news, times that move on, names of languages, a key for the search.
"use strict";

const $ = (id) => document.getElementById(id);

// Times and names

function ago(moment, now) {
  const seconds = Math.trunc((now - moment) / 1000);
  if (seconds > -60 && seconds < 10) return "just now";
  if (seconds > 0 && seconds < 60) return `${seconds} s ago`;
  if (seconds > 0 && seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds > 0 && seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds > 0 && seconds < 604800) return `${Math.floor(seconds / 86400)} d ago`;
  return null; // a date: it stands there already
}

function refreshTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const words = ago(new Date(time.dateTime), new Date());
    if (words && time.textContent !== words) time.textContent = words;
  }
}

function nameIn(root) {
  if (!("DisplayNames" in Intl)) return;
  for (const type of ["language", "region"]) {
    const names = new Intl.DisplayNames(["en"], { type });
    for (const abbr of root.querySelectorAll(`abbr[data-${type}]`)) {
      try { abbr.title = names.of(abbr.dataset[type]); } catch { /* no such code */ }
    }
  }
}

// Live news: each message is everything about one thing; what is there already is left as it is.

let unseen = 0;
const title = document.title;

function put(list, news, fresh) {
  const there = list.querySelector(`li[data-id="${CSS.escape(news.id)}"]`);
  if (there && there.dataset.key === news.key) return false;
  const template = document.createElement("template");
  template.innerHTML = news.html; // made by our templates, which escape all that is not ours
  const row = template.content.querySelector("li");
  if (fresh) row.classList.add("fresh");
  nameIn(row);
  if (there) { there.replaceWith(row); return false; }
  else {
    list.prepend(row);
    if (fresh && document.hidden && list.id === "alerts") document.title = `(${++unseen}) ${title}`;
  }
  while (list.children.length > Number(list.dataset.most)) list.lastElementChild.remove();
  return true;
}

// The browser's own notifications, where somebody asked for them on this page.

function notify(news) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  if (localStorage.getItem("notify") !== "on") return;
  const shown = new Notification(news.summary, { body: `${news.subscription_name} · ${news.source}`, tag: news.id });
  shown.onclick = () => { focus(); location.href = `/alerts/${encodeURIComponent(news.id)}`; shown.close(); };
}

function offerNotifications() {
  const button = $("notify");
  if (!button || !("Notification" in window)) return;
  const on = () => Notification.permission === "granted" && localStorage.getItem("notify") === "on";
  const say = () => {
    button.textContent = on() ? "Notifications are on"
      : Notification.permission === "denied" ? "The browser blocks notifications of this page" : "Notify me here";
    button.setAttribute("aria-pressed", String(on()));
  };
  button.hidden = false;
  say();
  button.addEventListener("click", async () => {
    if (on()) localStorage.setItem("notify", "off");
    else if (await Notification.requestPermission() === "granted") localStorage.setItem("notify", "on");
    say();
  });
}

function listen() {
  const live = $("live");
  const say = (state, words) => { live.dataset.state = state; $("live-words").textContent = words; };
  const stream = new EventSource("/events");
  const on = (kind, act) => stream.addEventListener(kind, (event) => act(JSON.parse(event.data)));
  stream.onopen = () => say("on", "Live");
  stream.onerror = () => say("wait", "Connecting again …");
  on("article", (news) => put($("articles"), news, true));
  on("alert", (news) => { if (put($("alerts"), news, true) && news.calls) notify(news); });
  on("counts", (news) => { $("counts").innerHTML = news.html; });
  on("services", (news) => { $("services").innerHTML = news.html; });
  on("trouble", (news) => { $("trouble").textContent = news.error; $("trouble").hidden = !news.error; });
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// Set-up

nameIn(document);
refreshTimes();
setInterval(refreshTimes, 5000);
if ($("live")) { listen(); offerNotifications(); }
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) { unseen = 0; document.title = title; }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector("input[type=search]");
  if (box) { event.preventDefault(); box.focus(); box.select(); }
});
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
