// The dialog in which a stage is signed, or the corrections are handed over.

/** @import { Autosave } from "./proofread-autosave.js" */
/** @import { ProofreadData } from "./types.js" */

import { errorText, post } from "./api.js";
import { byId, create, query, showMessage } from "./dom.js";
import { t } from "./messages.js";

export class SignDialog {
  dialog = byId("sign", HTMLDialogElement);
  button = byId("sign-go", HTMLButtonElement);
  closeButton = byId("sign-close");
  isFinished = false;

  /**
   * `summary` gives what is signed, line by line, and what forbids it.
   * @param {ProofreadData} data
   * @param {string} address
   * @param {Autosave} autosave
   * @param {() => Promise<{lines: string[], forbidden: string}>} summary
   */
  constructor(data, address, autosave, summary) {
    this.data = data;
    this.address = address;
    this.autosave = autosave;
    this.summary = summary;
    query(this.dialog, "form").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.closeButton.addEventListener("click", () => this.dialog.close());
  }

  async open() {
    this.showError("");
    byId("sign-facts").replaceChildren();
    this.button.disabled = true;
    this.dialog.showModal();
    await this.autosave.flush();
    await this.autosave.poll();
    const { lines, forbidden } = await this.summary();
    byId("sign-facts").replaceChildren(...lines.map((textContent) => create("li", { textContent })));
    const isUnsent = this.autosave.draft.isUnsent();
    this.showError(isUnsent ? t("Not everything is saved yet: nothing can be signed now.") : forbidden);
    this.button.disabled = Boolean(forbidden) || isUnsent || this.isFinished;
    (this.button.disabled ? this.closeButton : this.button).focus();
  }

  /** @param {string} text */
  showError(text) { showMessage(byId("sign-wrong"), text); }

  async submit() {
    const { may_sign: signs } = this.data;
    this.button.disabled = true;
    this.showError("");
    try {
      const reason = document.getElementById("reason");
      await post(`${this.address}/${signs ? "sign" : "hand-over"}`, {
        seen: this.autosave.draft.number, reason: reason instanceof HTMLInputElement ? reason.value : "",
      });
      this.isFinished = true;
      this.showDone(signs ? t("Signed. The next stage goes on by itself.") : t("Handed over. The stage is done again with it."));
    } catch (error) {
      this.showError(errorText(error, t("The desk cannot be reached. Nothing was signed.")));
      this.button.disabled = false;
    }
  }

  /** @param {string} text */
  showDone(text) {
    const link = create("a", { href: this.data.address, textContent: t("To the episode") }), done = byId("sign-done");
    done.hidden = false;
    done.replaceChildren(text, " ", link);
    link.focus();
  }
}
