"""A home lies on a local disk, and nobody but its owner writes in it as root."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from desk.cli.app import main
from pipeline.errors import StorageError
from pipeline.repository.home_folder import network_type, owner_to_use, require_own_account


def mount(point, kind, opts="rw"):
    return SimpleNamespace(mountpoint=point, fstype=kind, opts=opts)


LOCAL = [mount("/", "ext4"), mount("/home", "btrfs"), mount("/mnt", "fuseblk")]


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "fuse.rclone"]
)
def test_a_share_is_told_from_a_local_disk(kind):
    folder = Path("/srv/share/home")
    assert network_type(folder, [*LOCAL, mount("/srv/share", kind)]) == kind
    assert network_type(Path("/srv/shared"), [*LOCAL, mount("/srv/share", kind)]) == ""


def test_the_innermost_and_last_mount_counts():
    inside = [mount("/srv", "nfs4"), mount("/srv/disk", "xfs")]
    assert network_type(Path("/srv/disk/home"), [*LOCAL, *inside]) == ""
    over = [mount("/srv", "autofs"), mount("/srv", "nfs4")]
    assert network_type(Path("/srv/home"), [*LOCAL, *over]) == "nfs4"


def test_what_windows_calls_remote_and_unc_paths_are_shares():
    assert network_type(Path("/srv/home"), [mount("/srv", "NTFS", "rw,remote")]) == "remote"
    assert network_type(Path(r"\\nas\films"), []) == "UNC"


@pytest.mark.parametrize("command", ["init", "doctor", "up"])
def test_commands_refuse_a_home_on_a_share(command, tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    if command != "init":
        assert main(["--home", str(home), "init"]) == 0
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [mount("/", "nfs4")])
    assert main(["--home", str(home), command]) != 0
    shown = "".join(capsys.readouterr())
    assert "PostgreSQL" in shown
    assert command != "init" or not home.exists()


def test_root_leaves_a_home_to_its_owner():
    assert owner_to_use(0, 1000)
    assert not owner_to_use(0, 0)
    assert not owner_to_use(1000, 1000)
    assert not owner_to_use(1001, 1000)


def test_a_command_as_root_writes_nothing_in_the_home_of_another(tmp_path, capsys, monkeypatch):
    home = tmp_path / "home"
    assert main(["--home", str(home), "init"]) == 0
    if os.geteuid() == 0:
        os.chown(home, 65534, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
    before = sorted(home.rglob("*"))
    capsys.readouterr()
    assert main(["--home", str(home), "status"]) == StorageError.exit_code
    assert "sudo -u" in "".join(capsys.readouterr())
    assert sorted(home.rglob("*")) == before
    with pytest.raises(StorageError):
        require_own_account(home)
