// Streams answers, and looks after those that wait for a person. The page works without it.
"use strict";

const HELD_SECONDS = 5;

function shown(id, isShown) {
  document.getElementById(id).hidden = !isShown;
}

/** Calls `take(name, data)` for each event of a stream. */
async function readEvents(body, take) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part);
      const data = /^data: (.*)$/m.exec(part);
      if (name && data) await take(name[1], JSON.parse(data[1]));
    }
  }
}

function askAgain() {
  const form = document.getElementById("ask");
  shown("waiting", false);
  form.hidden = false;
  form.elements.question.focus();
}

function fail(message) {
  const line = document.getElementById("failed");
  line.textContent = message || line.dataset.otherwise;
  line.hidden = false;
  askAgain();
}

/** Shows an answer with its sources, unless it was kept nowhere, as the reply to thanks. */
async function openAnswer(id) {
  const kept = await fetch(`/v1/exchanges/${id}`);
  if (kept.ok) {
    location.assign(`/x/${id}#${id}`);
    return;
  }
  document.getElementById("question").value = "";
  askAgain();
}

async function answer(form) {
  const question = form.elements.question.value.trim();
  const text = document.getElementById("text");
  document.getElementById("asked").textContent = question;
  text.textContent = "";
  shown("failed", false);
  shown("streaming", true);
  shown("waiting", true);
  form.hidden = true;
  const { conversation, channel } = form.elements;
  const asked = { question, conversation: conversation.value, channel: channel.value };
  const reply = await fetch("/v1/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(asked),
  });
  if (reply.status === 401) {
    location.assign("/login");
    return;
  }
  if (!reply.ok) {
    fail("");
    return;
  }
  let isAnswered = false;
  await readEvents(reply.body, async (name, data) => {
    if (name === "sentence") {
      text.textContent += data.text;
    } else if (name === "answer") {
      isAnswered = true;
      await openAnswer(data.id);
    } else if (name === "error") {
      isAnswered = true;
      fail(data.error.message);
    }
  });
  if (!isAnswered) fail("");
}

function prepare(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form).catch(() => fail(""));
  });
  form.elements.question.addEventListener("keydown", (event) => {
    // An input method ends its word with Enter, too.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

/** Loads the page anew once a person has decided about an answer that it waits for. */
async function lookAfter(id) {
  const reply = await fetch(`/v1/exchanges/${id}`).catch(() => null);
  if (reply && reply.ok && (await reply.json()).status !== "held") location.reload();
  else if (!reply || reply.ok || reply.status === 429 || reply.status >= 500) {
    setTimeout(lookAfter, HELD_SECONDS * 1000, id);
  }
}

const form = document.getElementById("ask");
if (form) prepare(form);
for (const held of document.querySelectorAll("[data-held]")) {
  setTimeout(lookAfter, HELD_SECONDS * 1000, held.dataset.held);
}
