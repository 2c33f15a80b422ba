// The interviewee's signature: drawn with a finger, or photographed on paper; and the form it is given in.

import { errorText, post, postBytes } from "./api.js";
import { byId, create, showMessage } from "./dom.js";
import { t } from "./messages.js";

const PHOTO_PX = 1600; // the longer side of a photograph as it is sent

class SignaturePad {
  isEmpty = true;
  /** Where the line goes on from. @type {[number, number] | null} */
  last = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = context(canvas);
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => (this.last = null));
    canvas.addEventListener("pointercancel", () => (this.last = null));
  }

  clear() {
    this.pen.fillStyle = "#fff";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.isEmpty = true;
    this.last = null;
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.canvas.width) / box.width,
      ((event.clientY - box.top) * this.canvas.height) / box.height,
    ];
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.point(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.last) return;
    const next = this.point(event);
    Object.assign(this.pen, { strokeStyle: "#000", lineWidth: 6, lineCap: "round" });
    this.pen.beginPath();
    this.pen.moveTo(...this.last);
    this.pen.lineTo(...next);
    this.pen.stroke();
    this.last = next;
    this.isEmpty = false;
  }
}

export class SignatureForm {
  number = 0; // of the draft that was shown

  /** @param {string} address */
  constructor(address) {
    this.address = address;
    this.photo = byId("photo", HTMLInputElement);
    this.pad = new SignaturePad(byId("pad", HTMLCanvasElement));
    this.clear();
    byId("signing").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
  }

  clear() {
    this.pad.clear();
    this.photo.value = "";
  }

  async submit() {
    const refusal = byId("refused");
    showMessage(refusal, "");
    try {
      const picture = await this.picture();
      if (!picture) return showMessage(refusal, t("Please sign in the white field first."));
      /** @type {{signature: string}} */
      const { signature } = await postBytes(`${this.address}/signature`, picture);
      await post(`${this.address}/sign`, { seen: this.number, name: byId("name", HTMLInputElement).value, signature });
      location.reload();
    } catch (error) {
      showMessage(refusal, errorText(error, t("There is no network now. Please try again later.")));
    }
  }

  // Returns the picture of the signature; null where there is none.
  async picture() {
    const [photo] = this.photo.files ?? [];
    if (photo) return downscale(photo);
    return this.pad.isEmpty ? null : toBlob(this.pad.canvas, "image/png");
  }
}

/** @param {HTMLCanvasElement} canvas */
function context(canvas) {
  const found = canvas.getContext("2d");
  if (!found) throw new Error("The browser cannot draw.");
  return found;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} type
 * @returns {Promise<Blob | null>}
 */
const toBlob = (canvas, type) => new Promise((resolve) => { canvas.toBlob(resolve, type, 0.85); });

/**
 * A photograph as a telephone takes it has many megabytes; a signature needs few.
 * @param {File} photo
 */
async function downscale(photo) {
  const image = await createImageBitmap(photo);
  const scale = Math.min(1, PHOTO_PX / Math.max(image.width, image.height));
  const width = Math.round(image.width * scale), height = Math.round(image.height * scale);
  const canvas = create("canvas", { width, height });
  context(canvas).drawImage(image, 0, 0, width, height);
  return toBlob(canvas, "image/jpeg");
}
