// A signature: drawn with a finger, or photographed on paper.

import { send } from "./sending.js";

const PHOTO_PX = 1600; // the longer side of a photograph as it is sent

export class SignaturePad {
  constructor(canvas, photo) {
    this.canvas = canvas;
    this.photo = photo;
    this.drawn = false;
    this.seen = 0;
    this.pen = canvas.getContext("2d");
    this.wipe();
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, () => (this.last = null));
    }
  }

  wipe() {
    this.pen.fillStyle = "#fff";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.drawn = false;
    this.last = null;
    this.photo.value = "";
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.canvas.width) / box.width,
      ((event.clientY - box.top) * this.canvas.height) / box.height,
    ];
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.point(event);
  }

  move(event) {
    if (!this.last) return;
    const next = this.point(event);
    Object.assign(this.pen, { strokeStyle: "#000", lineWidth: 6, lineCap: "round" });
    this.pen.beginPath();
    this.pen.moveTo(...this.last);
    this.pen.lineTo(...next);
    this.pen.stroke();
    this.last = next;
    this.drawn = true;
  }

  // Returns the number the desk gave the signature; nothing where there is none.
  async send(address) {
    const [photo] = this.photo.files;
    if (!photo && !this.drawn) return "";
    const picture = photo ? await smaller(photo) : await blob(this.canvas, "image/png");
    return (await send(`${address}/signature`, picture)).signature;
  }
}

const blob = (canvas, type) => new Promise((done) => canvas.toBlob(done, type, 0.85));

// A photograph as a telephone takes it has many megabytes; a signature needs few.
async function smaller(photo) {
  const image = await createImageBitmap(photo);
  const scale = Math.min(1, PHOTO_PX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return blob(canvas, "image/jpeg");
}
