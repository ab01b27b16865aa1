"""The parts of an upload: read once, several under way, and as large as they were begun."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.harness import MIB, Truth, draft_of, failure_of, hasty, job_of, read_back, requests
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import ManualClock
from fttui.services.endpoint.errors import ServiceError
from fttui.services.session import Session
from fttui.services.submission import parts
from fttui.services.submission.lone_upload import Listeners, upload_file
from fttui.services.submission.types import SubmissionProgress, UploadOptions
from fttui.training_data.files import open_checked
from waiting import wait_until

CUT = Fault("cut", after=300_000)
BEFORE = error_answer(503, commit=False)


def digests_of(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    return {
        "training_sha256": hashlib.sha256(content).hexdigest(),
        "training_md5": hashlib.md5(content).hexdigest(),
    }


@pytest.fixture
def read_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each reading gave."""
    sizes: list[int] = []
    pread = os.pread

    def watched(fd: int, size: int, position: int) -> bytes:
        found = pread(fd, size, position)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(os, "pread", watched)
    return sizes


class TestAFileThatWasChecked:
    @pytest.mark.parametrize("direct", [0, 64 * MIB], ids=["in parts", "whole"])
    def test_is_read_once_because_the_check_has_hashed_it(
        self,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        tmp_path: Path,
        big: Path,
        read_sizes: list[int],
        direct: int,
    ) -> None:
        options = hasty(tmp_path / "journal", direct_bytes=direct, part_bytes=MIB)
        session = open_session(fault_proxy.base_url, options)
        with draft_of(big, **digests_of(big)) as draft:
            job_of(session, draft)
        assert sum(read_sizes) == big.stat().st_size

    def test_needs_no_md5_of_the_check_to_be_joined(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        told: list[bytes] = []

        def watched(request: str, body: bytes) -> bytes:
            if request.endswith("/complete"):
                told.append(body)
            return body

        fault_proxy.rewrite = watched
        digests = digests_of(big)
        md5 = digests.pop("training_md5")
        with draft_of(big, **digests) as draft:
            job = job_of(in_parts, draft)
        assert md5.encode() in told[0]
        assert truth.content(job.training_file or "") == big.read_bytes()

    def test_whose_sha256_is_missing_is_hashed_anew_whatever_its_md5_was(
        self, in_parts: Session, truth: Truth, big: Path
    ) -> None:
        with draft_of(big, training_md5="0" * 32) as draft:
            job = job_of(in_parts, draft)
        assert truth.content(job.training_file or "") == big.read_bytes()


class TestPartsUnderWay:
    def test_go_on_while_an_answer_is_awaited_but_no_more_than_the_window_lets(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.always("/parts$", Fault("held"))
        with draft_of(big) as draft:
            sending = in_parts.thread.start(in_parts.submissions.submit(draft))
            wait_until(lambda: requests(fault_proxy, "/parts") == 2, "the second part waits")
            in_parts.thread.wait(in_parts.handle.list_jobs())
            assert requests(fault_proxy, "/parts") == 2
            fault_proxy.let_go()
            job = sending.result()
        assert truth.content(job.training_file or "") == big.read_bytes()

    @pytest.mark.parametrize("fault", [CUT, BEFORE, Fault("reset"), Fault("truncate")])
    @pytest.mark.parametrize("kept", [1, 2 * MIB, 64 * MIB])
    def test_are_the_file_whatever_fails_on_the_way_and_however_little_is_kept(
        self,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        big: Path,
        monkeypatch: pytest.MonkeyPatch,
        fault: Fault,
        kept: int,
    ) -> None:
        monkeypatch.setattr(parts, "_KEPT", kept)
        options = hasty(direct_bytes=0, part_bytes=1_300_000, window=3)
        session = open_session(fault_proxy.base_url, options)
        fault_proxy.script("/parts$", None, fault, fault, None, fault)
        with draft_of(big) as draft:
            job = job_of(session, draft)
        assert truth.content(job.training_file or "") == big.read_bytes()
        assert requests(fault_proxy, "/parts") == 4 + 3

    def test_that_are_sent_again_after_a_change_of_the_file_end_the_upload(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/parts$", BEFORE)

        def change(progress: SubmissionProgress) -> None:
            if "Trying again" in progress.note:
                with big.open("r+b") as file:
                    file.write(b"#")

        with draft_of(big, **digests_of(big)) as draft:
            sending = in_parts.thread.start(in_parts.submissions.submit(draft, change))
            error = sending.exception()
        assert isinstance(error, ServiceError) and error.code == "source_changed"
        assert read_back(in_parts, draft.id).files["training"].upload_id == ""
        assert truth.files() == [] and requests(fault_proxy, "/complete") == 0

    def test_that_are_gone_on_with_after_a_change_of_the_first_are_not_sent(
        self,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        big: Path,
    ) -> None:
        options = hasty(tmp_path / "journal", direct_bytes=0, part_bytes=MIB, window=1)
        session = open_session(fault_proxy.base_url, options)
        fault_proxy.script("/parts$", None, error_answer(403, commit=False))
        with draft_of(big) as draft:
            failure_of(session, draft)
        assert 0 in read_back(session, draft.id).files["training"].parts
        with big.open("r+b") as file:
            file.write(b"#")
        fault_proxy.calm()
        with pytest.raises(ServiceError, match="changed after it was checked"):
            session.thread.wait(session.submissions.recover(draft.id, "resume"))
        assert requests(fault_proxy, "/parts") == 0 and truth.files() == []

    def test_that_are_refused_do_not_begin_the_upload_anew_when_its_hour_is_over(
        self, in_parts: Session, fault_proxy: FaultProxy, clock: ManualClock, big: Path
    ) -> None:
        clock.advance(-20 * 365 * 86_400.0)
        fault_proxy.always("/parts$", error_answer(403, commit=False))
        with draft_of(big) as draft:
            assert failure_of(in_parts, draft).status == 403
        assert requests(fault_proxy, "POST /uploads") == 1

    def test_keep_the_size_that_they_were_begun_with_when_they_are_gone_on_with(
        self,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        big: Path,
    ) -> None:
        small, large = (
            open_session(
                fault_proxy.base_url,
                hasty(tmp_path / "journal", tries=1, direct_bytes=0, part_bytes=size, window=1),
            )
            for size in (MIB, 4 * MIB)
        )
        fault_proxy.script("/parts$", None, None, *[error_answer(403, commit=False)])
        with draft_of(big) as draft:
            failure_of(small, draft)
        small.close()
        before = requests(fault_proxy, "/parts")
        job = large.thread.wait(large.submissions.recover(draft.id, "resume"))
        assert job is not None and truth.content(job.training_file or "") == big.read_bytes()
        assert requests(fault_proxy, "/parts") - before == 3


class TestAFileForNoJobYet:
    OPTIONS = UploadOptions(direct_bytes=0, part_bytes=MIB, first_pause=0.01)

    def upload(self, session: Session, path: Path, options: UploadOptions, sha256: str) -> str:
        with open_checked(path) as file:
            work = upload_file(
                session.handle,
                session.journal,
                session.account,
                file,
                options,
                Listeners(lambda progress: None),
                sha256=sha256,
            )
            stored, told = session.thread.wait(work)
        assert told == hashlib.sha256(path.read_bytes()).hexdigest()
        return stored.raw_id

    def test_goes_up_in_parts_like_one_of_a_job_and_leaves_nothing_open(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        big: Path,
        read_sizes: list[int],
    ) -> None:
        sha256 = digests_of(big)["training_sha256"]
        file_id = self.upload(proxied, big, self.OPTIONS, sha256)
        assert sum(read_sizes) == big.stat().st_size
        assert truth.content(file_id) == big.read_bytes()
        assert requests(fault_proxy, "/parts") == 5
        assert proxied.submissions.unfinished_items() == []
        kept = proxied.journal.submissions(proxied.account)
        assert all(name.startswith("lone-") for name in kept)  # no job's: nothing to recover

    @pytest.mark.parametrize("direct", [0, 64 * MIB], ids=["in parts", "whole"])
    def test_is_not_stored_when_it_is_not_what_was_checked(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, big: Path, direct: int
    ) -> None:
        options = UploadOptions(direct_bytes=direct, part_bytes=MIB)
        with pytest.raises(ServiceError, match="changed after it was checked"):
            self.upload(proxied, big, options, "0" * 64)
        assert truth.files() == []
        assert requests(fault_proxy, "/cancel") == (direct == 0)

    def test_is_looked_for_when_the_answer_is_lost(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("POST /files$", Fault("reset"))
        whole = UploadOptions(first_pause=0.01)
        file_id = self.upload(proxied, big, whole, digests_of(big)["training_sha256"])
        assert [file.id for file in truth.files()] == [file_id]

    def test_goes_in_one_piece_where_the_endpoint_takes_no_parts(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.always("POST /uploads$", error_answer(404, commit=False))
        file_id = self.upload(proxied, big, self.OPTIONS, "")
        assert truth.content(file_id) == big.read_bytes()
