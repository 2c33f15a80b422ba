"""Find ffmpeg, probe files, build safe inputs and run filter graphs.

Build graphs with ffmpeg-python from `source(path)`, end them in outputs with absolute paths, and
pass them to `run`. Map streams by the `index` of `probe` (`source(path)[str(index)]`); a stream
that is not mapped is dropped. Give options of filters by keyword: positional ones are escaped
twice and break on `: ' = \\`.
"""

from pipeline.media.ffmpeg.binaries import ffmpeg_path, ffprobe_path, version
from pipeline.media.ffmpeg.errors import truncated_error
from pipeline.media.ffmpeg.inputs import MAX_PIXELS, source
from pipeline.media.ffmpeg.probe import Probe, probe
from pipeline.media.ffmpeg.run import BITEXACT, Outcome, capture, execute, run, stream
from pipeline.media.ffmpeg.streams import AudioStream, VideoStream
from pipeline.media.ffmpeg.validation import check_media, decoded_frames, ends_early, first_picture

__all__ = [
    "BITEXACT",
    "MAX_PIXELS",
    "AudioStream",
    "Outcome",
    "Probe",
    "VideoStream",
    "capture",
    "check_media",
    "decoded_frames",
    "ends_early",
    "execute",
    "ffmpeg_path",
    "ffprobe_path",
    "first_picture",
    "probe",
    "run",
    "source",
    "stream",
    "truncated_error",
    "version",
]
