"""Files on an SFTP server, whose host key was accepted by a person once and is held to since."""

import base64
import fnmatch
import hashlib
import io
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datadam.catalog.outside.addresses import Address
from datadam.core import reach
from datadam.core.errors import Invalid
from datadam.core.fetch import Deadline
from datadam.core.reach import Place, ServerFailed
from datadam.web.text import Text

if TYPE_CHECKING:
    import paramiko

PATIENCE = 30.0  # seconds of silence
GLANCE = 15.0  # seconds for a look at the host key
ATTEMPTS = 3  # at going on where the line broke
PIECE = 255 << 10  # what OpenSSH gives at once
MOST_FILES = 10_000
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
BAD_KEY = Text(
    "개인 키를 읽을 수 없습니다. OpenSSH나 PEM 형식의 키를 모두 넣고, 키에 암호가 있으면 비밀번호 칸에 쓰십시오.",
    "The private key cannot be read. Give all of it in OpenSSH or PEM form; if it has a passphrase, give that as the"
    " password.",
)
BAD_FINGERPRINT = Text(
    "지문을 SHA256:으로 시작하는 모양 그대로 쓰십시오.", "Give the fingerprint as it stands, from SHA256: on."
)


class HostKeyOpen(ServerFailed):
    """Nobody has accepted the host key that the server shows, be it the first one or another than before."""

    def __init__(self, place: Place, seen: str, known: str) -> None:
        ko, en = f"‘{place.host}’ 서버의 호스트 키", f"the host key of “{place.host}”"
        words = (
            Text(f"{ko}가 바뀌어 접속하지 않았습니다 ({seen}).", f"Not connected: {en} has changed ({seen}).")
            if known
            else Text(
                f"{ko}를 아직 확인하지 않았습니다 ({seen}).", f"Not connected: {en} is not confirmed yet ({seen})."
            )
        )
        super().__init__(words, code="host_key_changed" if known else "host_key_unconfirmed", fingerprint=seen)
        self.seen = seen


@dataclass(frozen=True)
class RemoteFile:
    """A file on the server; `modified` in seconds from 1970."""

    name: str
    path: str
    size: int
    modified: int


def checked_fingerprint(text: str) -> str:
    """A fingerprint as ssh-keygen prints it; Invalid otherwise."""
    text = text.strip().rstrip("=")
    if text and not FINGERPRINT.fullmatch(text):
        raise Invalid(BAD_FINGERPRINT, fields={"fingerprint": BAD_FINGERPRINT})
    return text


def private_key(address: Address) -> Any:
    """The key that opens the account, or None; Invalid when it is no key."""
    import paramiko

    if not address.key:
        return None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(Exception):  # each says in its own way that the key is another kind of key
            return kind.from_private_key(io.StringIO(address.key.strip() + "\n"), address.password or None)
    raise Invalid(BAD_KEY, code="bad_key", fields={"private_key": BAD_KEY})


def host_key(place: Place) -> str:
    """The fingerprint of the key that the server shows. Nobody signs in."""
    with Deadline(GLANCE) as deadline:
        transport = _transport(place, deadline)
        try:
            return _fingerprint(transport)
        finally:
            transport.close()


def _fingerprint(transport: "paramiko.Transport") -> str:
    digest = hashlib.sha256(transport.get_remote_server_key().asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _transport(place: Place, deadline: Deadline) -> "paramiko.Transport":
    import paramiko

    sock = reach.connected(place)
    deadline.hold_socket(sock)
    transport = paramiko.Transport(sock)
    try:
        transport.start_client(timeout=PATIENCE)
        return transport
    except Exception as error:
        transport.close()
        deadline.check()
        raise _failed(error, place) from error


def _failed(error: BaseException, place: Place) -> ServerFailed:
    """What went wrong, in words; never with anything that the server said."""
    import paramiko

    told: list[tuple[Any, str, str, str]] = [
        (paramiko.AuthenticationException, "bad_credentials", "사용자나 비밀번호, 키가 맞지 않습니다.",
         "The user, password or key is wrong."),
        (paramiko.ssh_exception.IncompatiblePeer, "incompatible", "서버가 안전한 암호 방식을 하나도 쓰지 않습니다.",
         "The server offers no safe cipher."),
        (FileNotFoundError, "no_such_file", "서버에 그런 파일이나 폴더가 없습니다.",
         "There is no such file or folder on the server."),
        (PermissionError, "no_permission", "서버가 이 파일이나 폴더를 보여 주지 않습니다.",
         "The server does not let this account see the file or folder."),
        (UnicodeDecodeError, "name_unreadable", "UTF-8이 아닌 파일 이름이 있어 목록을 읽을 수 없습니다.",
         "The list cannot be read: a file's name is not UTF-8."),
    ]  # fmt: skip
    for kind, code, ko, en in told:
        if isinstance(error, kind):
            return ServerFailed(Text(ko, en), code=code)
    return reach.no_answer(place)


class Session:
    """A signed-in connection; `reopen` makes it anew after the line broke."""

    def __init__(self, address: Address, place: Place, fingerprint: str, deadline: Deadline) -> None:
        self.address, self.place, self.fingerprint, self.deadline = address, place, fingerprint, deadline
        self.client = self._opened()

    def _opened(self) -> "paramiko.SFTPClient":
        import paramiko

        key = private_key(self.address)
        transport = _transport(self.place, self.deadline)
        try:
            seen = _fingerprint(transport)
            if seen != self.fingerprint:
                raise HostKeyOpen(self.place, seen, self.fingerprint)
            if key is not None:
                transport.auth_publickey(self.address.user, key)
            else:
                transport.auth_password(self.address.user, self.address.password, fallback=True)
            if not transport.is_authenticated():  # it wants something more besides
                raise paramiko.AuthenticationException
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            channel = client.get_channel()
            assert channel is not None
            channel.settimeout(PATIENCE)
            return client
        except ServerFailed:
            transport.close()
            raise
        except Exception as error:
            transport.close()
            self.deadline.check()
            raise _failed(error, self.place) from error

    def reopen(self) -> None:
        self.close()
        self.client = self._opened()

    def close(self) -> None:
        channel = self.client.get_channel()
        with suppress(Exception):
            if channel is not None:
                channel.get_transport().close()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What paramiko raises, as a refusal."""
        try:
            yield
        except (ServerFailed, Invalid):
            raise
        except Exception as error:
            self.deadline.check()
            raise _failed(error, self.place) from error

    def files(self) -> list[RemoteFile]:
        """The file of the address, or those of its folder that fit its pattern, oldest first; no links, none hidden."""
        path = self.address.path
        with self.telling():
            folder, _, last = path.rpartition("/")
            if any(mark in last for mark in "*?["):
                return self._listed(folder or "/", last)
            facts = self.client.stat(path)
            if stat.S_ISDIR(facts.st_mode or 0):
                return self._listed(path.rstrip("/") or "/", "*")
            return [_file(last, path, facts)]

    def _listed(self, folder: str, pattern: str) -> list[RemoteFile]:
        found = [
            _file(entry.filename, f"{folder.rstrip('/')}/{entry.filename}", entry)
            for entry in self.client.listdir_attr(folder)
            if stat.S_ISREG(entry.st_mode or 0)
            and not entry.filename.startswith(".")
            and len(entry.filename) <= 255
            and entry.filename.isprintable()
            and fnmatch.fnmatchcase(entry.filename, pattern)
        ]
        if len(found) > MOST_FILES:
            words = Text(f"파일이 {len(found):,}개나 됩니다. 무늬를 좁히십시오.", f"{len(found):,} files: narrow it.")
            raise ServerFailed(words, code="too_many")
        return sorted(found, key=lambda file: (file.modified, file.name))


def _file(name: str, path: str, facts: Any) -> RemoteFile:
    return RemoteFile(name, path, int(facts.st_size or 0), int(facts.st_mtime or 0))


@contextmanager
def session(address: Address, place: Place, fingerprint: str, seconds: float) -> Iterator[Session]:
    """A connection for at most `seconds` in all. Raises HostKeyOpen before anything secret is sent."""
    with Deadline(seconds) as deadline:
        opened = Session(address, place, fingerprint, deadline)
        try:
            yield opened
        finally:
            opened.close()


class Download:
    """A file's bytes. Where the line breaks it goes on from there, as long as the file stayed as it was."""

    def __init__(self, session: Session, file: RemoteFile) -> None:
        self._session, self._file, self._at = session, file, 0
        self._handle: Any = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as many as come; b"" at the end, and only when all came."""
        for left in reversed(range(ATTEMPTS)):
            try:
                data = self._piece(PIECE if size < 0 else min(size, PIECE))
            except ServerFailed:
                raise
            except FileNotFoundError:
                raise _changed(self._file) from None
            except Exception as error:  # EOFError, SSHException, OSError: the line broke
                self._session.deadline.check()
                if not left:
                    raise _failed(error, self._session.place) from error
                self._handle = None
                self._session.reopen()
                continue
            self._at += len(data)
            return data
        raise AssertionError

    def _piece(self, size: int) -> bytes:
        if self._handle is None:
            self._check_same()
            self._handle = self._session.client.open(self._file.path, "rb", bufsize=0)
            self._handle.MAX_REQUEST_SIZE = PIECE
            self._handle.seek(self._at)
        data = bytes(self._handle.read(size))
        if not data:
            self._check_same()
            if self._at != self._file.size:
                raise EOFError  # paramiko tells a broken line as the file's end
        return data

    def _check_same(self) -> None:
        now = _file(self._file.name, self._file.path, self._session.client.stat(self._file.path))
        if now != self._file:
            raise _changed(self._file)


def _changed(file: RemoteFile) -> ServerFailed:
    words = Text(
        f"‘{file.name}’ 파일이 가져오는 동안 바뀌었습니다. 다음에 다시 가져옵니다.",
        f"The file “{file.name}” changed while it was fetched; it is tried again.",
    )
    return ServerFailed(words, code="changed_meanwhile")
