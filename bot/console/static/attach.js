/* What goes with a message: a photo is made smaller before it leaves, a voice is recorded here. Without this file the
   page has a field for files, and a button. */

const SECONDS = 180;
// What WhatsApp takes goes first; what it does not take reaches its readers as a link.
const SOUNDS = [["audio/ogg;codecs=opus", "ogg"], ["audio/mp4;codecs=mp4a.40.2", "m4a"], ["audio/webm;codecs=opus", "webm"]];

/** Put this file into the field, and send the form with it: the page comes back with the file in it. */
function attach(field, file) {
  const taken = new DataTransfer();
  taken.items.add(file);
  field.files = taken.files;
  field.form.requestSubmit(field.closest("details").querySelector("button[formaction]"));
}

/** A JPEG of at most so many points along its longer side; what cannot be read goes as it is. */
async function smaller(file, most) {
  try {
    const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
    const by = Math.min(1, most / Math.max(whole.width, whole.height));
    if (by === 1 && ["image/jpeg", "image/png"].includes(file.type) && file.size < 1e6) return file;
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(whole.width * by), height: Math.round(whole.height * by) });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // behind what is transparent
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(whole, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    return made ? new File([made], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch { return file; }
}

for (const field of document.querySelectorAll("input[data-attach]")) {
  field.accept = "image/*,application/pdf,audio/*"; // whatever this browser can read becomes a JPEG
  field.addEventListener("change", async () => {
    const [file] = field.files;
    if (file) attach(field, file.type.startsWith("image/") ? await smaller(file, Number(field.dataset.attach)) : file);
  });
}

for (const part of document.querySelectorAll("[data-record]")) {
  const [sort, ending] = SOUNDS.find(([each]) => globalThis.MediaRecorder?.isTypeSupported(each)) ?? [];
  if (!sort || !navigator.mediaDevices) continue; // the field for files does it
  const field = document.getElementById(part.dataset.record);
  const button = part.querySelector("button"), words = button.querySelector("span"), note = part.querySelector("[role=status]");
  let recorder = null;
  part.hidden = false;
  button.addEventListener("click", async () => {
    if (recorder) { recorder.stop(); return; }
    let line;
    try { line = await navigator.mediaDevices.getUserMedia({ audio: true }); } catch { note.textContent = part.dataset.lost; return; }
    const pieces = [];
    recorder = new MediaRecorder(line, { mimeType: sort, audioBitsPerSecond: 32_000 });
    recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    recorder.addEventListener("stop", () => {
      clearInterval(ticks);
      for (const each of line.getTracks()) each.stop();
      attach(field, new File(pieces, `stem.${ending}`, { type: sort.split(";")[0] }));
    });
    recorder.start();
    words.textContent = part.dataset.stop;
    let seconds = 0;
    const ticks = setInterval(() => {
      seconds += 1;
      note.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds >= SECONDS) recorder.stop();
    }, 1000);
  });
}
