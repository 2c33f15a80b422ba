"""What the scripts of the pages say: the texts given to `t("…")` in static/js, to be translated.

A page carries those it needs as JSON, in the reader's language; a test compares this list with the
scripts.
"""

from __future__ import annotations

from pipeline.i18n import _

__all__ = ["MESSAGES", "translated_messages"]


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated"
    """Mark a text for translation and return it as it is."""
    return text


MESSAGES: tuple[str, ...] = (
    # live
    N_("This has changed since you opened the page."),
    N_("Load the page again"),
    N_("Brought up to date at {time}."),
    N_("The connection is lost; it is tried again."),
    N_("You are no longer signed in. Load the page again."),
    # deciding
    N_("The desk cannot be reached. Nothing was done."),
    N_("Say why, so that others know what to do."),
    N_("Choose the stage, and look at what it will cause."),
    N_("; "),
    N_(", "),
    # proofread-dialogs.js
    N_("Subtitle {n}: {person} changed it too. Which shall stand?"),
    N_("Subtitle {n} was changed meanwhile. Which shall stand?"),
    N_("A third text, made of both"),
    N_("(removed)"),
    N_("Mine"),
    N_("Theirs"),
    N_("Theirs: {person}"),
    N_("This text"),
    N_("Not everything is saved yet: nothing can be signed now."),
    N_("Signed. The next stage goes on by itself."),
    N_("Handed over. The stage is done again with it."),
    N_("To the episode"),
    N_("The desk cannot be reached. Nothing was signed."),
    # proofread-keys.js
    N_("Play or pause; on resuming a little back"),
    N_("Play this subtitle from its start"),
    N_("Two seconds back"),
    N_("Two seconds on"),
    N_("Half speed and back"),
    N_("Next subtitle"),
    N_("New line"),
    N_("Subtitle before"),
    N_("Split at the caret"),
    N_("Merge with the next"),
    N_("New subtitle at the playhead"),
    N_("Remove the subtitle"),
    N_("Start 40 ms earlier (with Shift 200 ms)"),
    N_("Start 40 ms later (with Shift 200 ms)"),
    N_("End 40 ms earlier (with Shift 200 ms)"),
    N_("End 40 ms later (with Shift 200 ms)"),
    N_("Start at the playhead"),
    N_("End at the playhead"),
    N_("Undo"),
    N_("Redo"),
    N_("Find and replace"),
    N_("Insert a name from the glossary"),
    N_("Who speaks: interviewer, interviewee, nobody named"),
    N_("A dash before the line: the other speaker in the same subtitle"),
    N_("Next place to look at (with Shift the one before)"),
    N_("It is right as it stands; on to the next place"),
    N_("Write what is offered, or correct it; on to the next place"),
    N_("To what two people have changed: choose with Tab and Enter"),
    N_("Next subtitle against the rules (with Shift the one before)"),
    N_("Save now (it saves by itself)"),
    N_("Sign or hand over"),
    N_("These keys"),
    # proofread-list.js
    N_("(no text)"),
    # proofread-player.js
    N_("Pause"),
    N_("Play"),
    N_("{percent} % sure"),
    # proofread-queue.js
    N_("F8 goes to the most pressing place."),
    N_("Nothing is left to look at."),
    N_("Right as it stands"),
    N_("Write “{offer}”"),
    N_("Correct it"),
    N_("Conflict"),
    N_("Error"),
    N_("Doubtful"),
    N_("Note"),
    # proofread-search.js
    N_("{n} places"),
    N_("Go to subtitle {n}"),
    N_("Replace this one"),
    N_("{n} places replaced; Ctrl+Z undoes it."),
    # proofread.js
    N_("{n} changes from an earlier visit were found in this browser and are kept."),
    N_("This browser keeps nothing: what is not saved is lost when the page is closed."),
    N_("Changes upon an earlier version could not be sent; they stay in this browser."),
    N_("Saved"),
    N_("Saving"),
    N_("Offline; kept here"),
    N_("Changed by two: please choose"),
    N_("Not saved"),
    N_("A subtitle is longer than 2000 characters, or ends before it starts: not saved, kept here"),
    N_(
        "A new version of these subtitles was made, or the stage was signed. What you "
        "typed is kept: load the page again to go on with it."
    ),
    N_("{n} errors"),
    N_("{n} rules"),
    N_("right"),
    N_("corrected"),
    N_("withhold"),
    N_("{person} at {n}"),
    N_("{n} characters · line {line}/{most} · {speed}/{limit} a second"),
    N_("There is no room for a subtitle here."),
    N_("{n} subtitles were changed by somebody else since and stay as they are."),
    N_("{n} subtitles; since the draft {changed} changed, {added} added, {removed} removed"),
    N_("{n} doubtful places are still open"),
    N_("{n} subtitles are not as the style asks"),
    N_("This stage does not wait for a signature now."),
    N_("{n} subtitles cannot be shown so, the first is {first}: correct them first (F9)."),
    N_("Kept from earlier work; the new version says: {theirs}"),
    N_("The new version has no such passage; it said: {ours}"),
    N_("This stage is signed, or its subtitles are being made again: they can only be read here."),
    # notes
    N_("The note is left."),
    N_("The desk cannot be reached. What you wrote is still here."),
    N_("{n} open"),
    N_("done"),
    N_("replies"),
    N_("has done it"),
    N_("lets it stand"),
    N_("Answer to the note of {person}"),
    N_("Reply"),
    N_("Done"),
    N_("Let it stand, because"),
    N_("Noted."),
    N_("Answer"),
    # review
    N_("Next place"),
    N_("Previous place"),
    N_("Play or pause"),
    N_("3 s back"),
    N_("3 s on"),
    N_("Half speed"),
    N_("A note here"),
    N_("To the first open note"),
    N_("To the signature"),
    N_("To sending back"),
    # difference
    N_("Accept, and on to the next"),
    N_("Decline, and on to the next"),
    N_("There it says now: {text}"),
    N_("nothing"),
    N_("Accepted"),
    N_("Declined"),
    N_("{open} to decide, {yes} accepted, {no} declined"),
    # deposit
    N_("Continue"),
    N_("Discard"),
    N_("{n} %"),
    N_("The line is broken at {n} %; it goes on by itself."),
    N_("Paused at {n} %."),
    N_("Uploading."),
    N_("Checked and taken in: {n} %"),
    N_("Taken in"),
    N_("Was there already"),
    N_("It no longer counts."),
    N_("Discarded."),
    N_("The file cannot be read any more. Choose it again."),
    N_("The desk cannot be reached. What was uploaded is kept."),
    # mine-recording.js
    N_("The microphone may not be used. Please write it, or have us call you."),
    N_("We are listening. Please speak."),
    N_("Your recording is kept. You can hear it here:"),
    N_("Your recording has been sent."),
    N_("Your recording is kept on this device, and sent when there is a network."),
    # mine-saving.js
    N_("Kept"),
    N_("Please open the link once more. What you said is kept on this device."),
    N_("No network: kept on this device, and sent when there is one."),
    # mine.js
    N_("Go on with line {n}"),
    N_("Line {n} of {all}"),
    N_("You said: right"),
    N_("You said: wrong"),
    N_("You said: may be published after all"),
    N_("You asked not to publish this"),
    N_("You left a recording"),
    N_("Not everything has been sent yet. Please try again when there is a network."),
    N_("There is no network now. Please try again later."),
    N_("None."),
    N_("You have not looked at {n} lines yet."),
    N_("You have looked at all of it. This is what you sign:"),
    N_("(taken out)"),
    N_("from {a} to {b}"),
    N_("Please sign in the white field first."),
)
"""Given as `N_("…")`, one a line, those of each script together under its name."""


def translated_messages() -> dict[str, str]:
    """Return all of them in the reader's language, by their English text."""
    return {text: _(text) for text in MESSAGES}
