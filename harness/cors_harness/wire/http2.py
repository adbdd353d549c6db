"""Http2: HTTP/2 of one browser connection; what each stream says is the stream's own matter.

https://httpwg.org/specs/rfc9113.html
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, ClassVar

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from cors_harness.wire.channel import Channel, ProtocolHandler
from cors_harness.wire.framing import HEAD_LIMIT, FramedHeaders
from cors_harness.wire.http2_stream import Stream
from cors_harness.wire.mapped_origin import MappedOrigin

# A network error to every browser. Not INTERNAL_ERROR: at that, Firefox 153 asks ten times.
_NETWORK_ERROR = ErrorCodes.CANCEL
_CONFIG = H2Configuration(
    client_side=False,
    header_encoding=None,
    validate_inbound_headers=False,
    normalize_inbound_headers=False,
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
)
_SETTINGS = {
    SettingCodes.MAX_CONCURRENT_STREAMS: 128,  # nginx's number
    SettingCodes.INITIAL_WINDOW_SIZE: 2**20,
    SettingCodes.MAX_HEADER_LIST_SIZE: HEAD_LIMIT,
}
_CONNECTION_WINDOW = 2**26  # so that one held stream holds no other
_FIRST_WINDOW = 2**16 - 1


def _connection() -> H2Connection:
    connection = H2Connection(_CONFIG)
    connection.local_settings = Settings(client=False, initial_values=_SETTINGS)
    connection.decoder.max_header_list_size = HEAD_LIMIT
    connection.initiate_connection()
    connection.increment_flow_control_window(_CONNECTION_WINDOW - _FIRST_WINDOW)
    return connection


class Http2(ProtocolHandler):
    """Talks HTTP/2 for a site."""

    def __init__(self, channel: Channel, site: MappedOrigin) -> None:
        self._channel, self._site = channel, site
        self._streams: dict[int, Stream] = {}
        self._blocked = False  # the browser's socket takes no more for now
        self._flushing = False
        self._h2 = _connection()
        self._flush()

    def received(self, data: bytes) -> None:
        """Tell the streams what the browser said."""
        try:
            heard = self._h2.receive_data(data)
        except ProtocolError as error:
            self._site.refuse(f"HTTP/2: {type(error).__name__} {error}")
            self._stop()
            return
        for event in heard:
            if tell := self._HEARD.get(type(event)):
                tell(self, event)
        self._soon()

    def _stop(self, _event: object = None) -> None:
        """Close: nothing can be said any more, and a browser that says so wants no answers."""
        self._leave_all()
        self._flush()
        self._channel.close()

    def _asked(self, event: events.RequestReceived) -> None:
        stream = Stream(event.stream_id, self, self._site)
        self._streams[event.stream_id] = stream
        stream.ask(event.headers, monotonic(), has_body=event.stream_ended is None)

    def _body(self, event: events.DataReceived) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is None:
            self.took(event.stream_id, event.flow_controlled_length)
            return
        stream.body(event.data, event.flow_controlled_length)
        if event.stream_ended:
            stream.asked()

    def _trailers(self, event: events.TrailersReceived) -> None:
        if stream := self._streams.get(event.stream_id):
            stream.asked()

    def _reset(self, event: events.StreamReset) -> None:
        if stream := self._streams.pop(event.stream_id, None):
            stream.leave()

    def _flowed(self, event: events.WindowUpdated) -> None:
        if event.stream_id:
            if stream := self._streams.get(event.stream_id):
                stream.flowed()
        else:
            self._flow_all()

    def _flow_all(self, _event: object = None) -> None:
        for stream in list(self._streams.values()):
            if stream.waiting or stream.answered:
                stream.flowed()

    _HEARD: ClassVar[Mapping[type[events.Event], Callable[["Http2", Any], None]]] = {
        events.RequestReceived: _asked,
        events.DataReceived: _body,
        events.TrailersReceived: _trailers,
        events.StreamReset: _reset,
        events.WindowUpdated: _flowed,
        events.RemoteSettingsChanged: _flow_all,
        events.ConnectionTerminated: _stop,
    }

    def say_head(self, number: int, headers: FramedHeaders, *, last: bool) -> None:
        """Send a header list; `last`: and nothing more."""
        with suppress(ProtocolError):  # a reset that came in the same turn
            self._h2.send_headers(number, headers, end_stream=last)
        self._soon()

    def say_body(self, stream: Stream) -> None:
        """Send what waits in `stream`, as far as the browser takes it."""
        if self._blocked or stream.said:
            return
        with suppress(ProtocolError):  # as above
            while stream.waiting and (room := self._room(stream.number)):
                self._say_piece(stream, room)
            if stream.answered and not stream.waiting and not stream.said:
                stream.said = True
                self._h2.end_stream(stream.number)
        self._soon()

    def _say_piece(self, stream: Stream, size: int) -> None:
        piece = bytes(stream.waiting[:size])
        del stream.waiting[:size]
        stream.said = stream.answered and not stream.waiting
        self._h2.send_data(stream.number, piece, end_stream=stream.said)

    def _room(self, number: int) -> int:
        window = self._h2.local_flow_control_window(number)
        return max(0, min(window, self._h2.max_outbound_frame_size))

    def break_off(self, number: int) -> None:
        """Reset the stream, so that the browser sees a network error."""
        self._streams.pop(number, None)
        with suppress(ProtocolError):
            self._h2.reset_stream(number, _NETWORK_ERROR)
        self._soon()

    def took(self, number: int, size: int) -> None:
        """Let the browser send `size` more bytes of its body."""
        if size:
            self._h2.acknowledge_received_data(size, number)
            self._soon()

    def over(self, number: int) -> None:
        """Forget the stream."""
        self._streams.pop(number, None)

    def _soon(self) -> None:
        """Send what there is to send at the end of this turn of the loop, in one piece."""
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if data := self._h2.data_to_send():
            self._channel.write(data)

    def ended(self) -> None:
        """Close: a browser that says no more listens no more."""
        self._channel.close()

    def lost(self, *, broke: bool) -> None:  # noqa: ARG002 - the servers' sockets are others
        """Let the servers know."""
        self._leave_all()

    def _leave_all(self) -> None:
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.leave()

    def hold_back(self, *, hold: bool) -> None:
        """Keep what is to be said while the browser does not take it."""
        self._blocked = hold
        if not hold:
            self._flow_all()
