"""ffmpeg, and nothing but ffmpeg: find it, look into files, build safe inputs, run graphs.

Build graphs with ffmpeg-python from `source(path)`, end them in outputs with absolute paths, and
hand them to `run`. Map streams by the `index` that `probe` gives (`source(path)[str(index)]`):
what is not mapped is dropped. Give options of filters by keyword: positional ones are escaped
twice and break on `: ' = \\`.
"""

from pipeline.tools.ffmpeg.binaries import ffmpeg_path, ffprobe_path, version
from pipeline.tools.ffmpeg.checking import check_media, decoded_frames, ends_early
from pipeline.tools.ffmpeg.inputs import MAX_PIXELS, source
from pipeline.tools.ffmpeg.probing import Probe, probe
from pipeline.tools.ffmpeg.refusals import cut_short
from pipeline.tools.ffmpeg.running import BITEXACT, Outcome, capture, execute, run, stream
from pipeline.tools.ffmpeg.streams import AudioStream, VideoStream

__all__ = [
    "BITEXACT",
    "MAX_PIXELS",
    "AudioStream",
    "Outcome",
    "Probe",
    "VideoStream",
    "capture",
    "check_media",
    "cut_short",
    "decoded_frames",
    "ends_early",
    "execute",
    "ffmpeg_path",
    "ffprobe_path",
    "probe",
    "run",
    "source",
    "stream",
    "version",
]
