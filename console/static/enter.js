// Passkeys, one-time codes that come with a link, and copying. Nothing here decides.
"use strict";

// A one-time code stands behind the # of its link, which no browser sends: it is put into the field.
const field = document.querySelector("[data-from-link]");
if (field && location.hash.length > 1) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}

// What the server and the browser write in base64url, and what passkeys take.
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function letters(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function described(list) {
  return (list || []).map((each) => ({ ...each, id: bytes(each.id) }));
}

async function sent(address, value) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(value) });
  const said = await answer.json().catch(() => ({}));
  return { ok: answer.ok, said };
}

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  const response = {
    clientDataJSON: letters(made.response.clientDataJSON),
    attestationObject: letters(made.response.attestationObject),
    transports: made.response.getTransports ? made.response.getTransports() : [],
  };
  return { id: made.id, rawId: letters(made.rawId), type: made.type, response };
}

async function sign(options) {
  const signed = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  });
  const { response } = signed;
  const written = {
    clientDataJSON: letters(response.clientDataJSON),
    authenticatorData: letters(response.authenticatorData),
    signature: letters(response.signature),
    userHandle: response.userHandle ? letters(response.userHandle) : null,
  };
  return { id: signed.id, rawId: letters(signed.rawId), type: signed.type, response: written };
}

const ways = { make, sign };

async function use(place) {
  const asked = await sent(place.dataset.asks, {});
  if (!asked.ok) return asked;
  const answer = await ways[place.dataset.passkey](asked.said);
  const name = document.getElementById("passkey-name");
  if (name) answer.name = name.value;
  answer.next = place.dataset.to;
  return sent(place.dataset.sends, answer);
}

const able = "PublicKeyCredential" in window;
for (const place of document.querySelectorAll("[data-passkey]")) {
  place.hidden = !able;
  const button = place.querySelector("button");
  const says = place.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    says.textContent = place.dataset.waits;
    try {
      const { said } = await use(place);
      if (said.to) {
        location.assign(said.to);
        return;
      }
      says.textContent = said.words || place.dataset.notDone;
    } catch (error) {
      const { known, notDone } = place.dataset;
      says.textContent = error.name === "InvalidStateError" ? known : notDone;
    }
    button.disabled = false;
  });
}
for (const part of document.querySelectorAll(".needs-passkey")) part.hidden = !able;
for (const part of document.querySelectorAll(".no-passkey")) part.hidden = able;

for (const button of document.querySelectorAll(".prints")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll(".copies")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector("[data-copied]").textContent);
    document.querySelector(".copy-says").textContent = button.dataset.done;
  });
}
