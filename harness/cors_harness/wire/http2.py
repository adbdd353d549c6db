"""Http2: HTTP/2 of one browser connection; a Stream for each of its requests.

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
from cors_harness.wire.routes import MappedOrigin

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
    """Speaks HTTP/2 with a browser for an origin."""

    def __init__(self, channel: Channel, origin: MappedOrigin) -> None:
        self._channel, self._origin = channel, origin
        self._streams: dict[int, Stream] = {}
        self._blocked = False  # the browser's socket takes no more for now
        self._flushing = False
        self._h2 = _connection()
        self._flush()

    def received(self, data: bytes) -> None:
        """Give the streams what the browser sent."""
        try:
            received = self._h2.receive_data(data)
        except ProtocolError as error:
            self._origin.refuse(f"HTTP/2: {type(error).__name__} {error}")
            self._stop()
            return
        for event in received:
            if handle := self._EVENT_HANDLERS.get(type(event)):
                handle(self, event)
        self._flush_soon()

    def _stop(self, _event: object = None) -> None:
        """Close: nothing can be sent any more, and a browser that ends so wants no answers."""
        self._abandon_all()
        self._flush()
        self._channel.close()

    def _begin_request(self, event: events.RequestReceived) -> None:
        stream = Stream(event.stream_id, self, self._origin)
        self._streams[event.stream_id] = stream
        stream.send_request(event.headers, monotonic(), has_body=event.stream_ended is None)

    def _pass_on_body(self, event: events.DataReceived) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is None:
            self.acknowledge(event.stream_id, event.flow_controlled_length)
            return
        stream.pass_on_body(event.data, event.flow_controlled_length)
        if event.stream_ended:
            stream.end_request()

    def _end_request(self, event: events.TrailersReceived) -> None:
        if stream := self._streams.get(event.stream_id):
            stream.end_request()

    def _abandon(self, event: events.StreamReset) -> None:
        if stream := self._streams.pop(event.stream_id, None):
            stream.abandon()

    def _open_window(self, event: events.WindowUpdated) -> None:
        if event.stream_id:
            if stream := self._streams.get(event.stream_id):
                stream.window_opened()
        else:
            self._open_all_windows()

    def _open_all_windows(self, _event: object = None) -> None:
        for stream in list(self._streams.values()):
            if stream.waiting or stream.response_complete:
                stream.window_opened()

    _EVENT_HANDLERS: ClassVar[Mapping[type[events.Event], Callable[["Http2", Any], None]]] = {
        events.RequestReceived: _begin_request,
        events.DataReceived: _pass_on_body,
        events.TrailersReceived: _end_request,
        events.StreamReset: _abandon,
        events.WindowUpdated: _open_window,
        events.RemoteSettingsChanged: _open_all_windows,
        events.ConnectionTerminated: _stop,
    }

    def send_head(self, number: int, headers: FramedHeaders, *, last: bool) -> None:
        """Send a header list; `last`: and nothing more."""
        with suppress(ProtocolError):  # a reset that came in the same turn
            self._h2.send_headers(number, headers, end_stream=last)
        self._flush_soon()

    def send_body(self, stream: Stream) -> None:
        """Send what waits in `stream`, as far as the browser takes it."""
        if self._blocked or stream.response_sent:
            return
        with suppress(ProtocolError):  # as above
            while stream.waiting and (room := self._room(stream.number)):
                self._send_piece(stream, room)
            if stream.response_complete and not stream.waiting and not stream.response_sent:
                stream.response_sent = True
                self._h2.end_stream(stream.number)
        self._flush_soon()

    def _send_piece(self, stream: Stream, size: int) -> None:
        piece = bytes(stream.waiting[:size])
        del stream.waiting[:size]
        stream.response_sent = stream.response_complete and not stream.waiting
        self._h2.send_data(stream.number, piece, end_stream=stream.response_sent)

    def _room(self, number: int) -> int:
        window = self._h2.local_flow_control_window(number)
        return max(0, min(window, self._h2.max_outbound_frame_size))

    def reset(self, number: int) -> None:
        """Reset the stream, so that the browser sees a network error."""
        self._streams.pop(number, None)
        with suppress(ProtocolError):
            self._h2.reset_stream(number, _NETWORK_ERROR)
        self._flush_soon()

    def acknowledge(self, number: int, size: int) -> None:
        """Let the browser send `size` more bytes of its body."""
        if size:
            self._h2.acknowledge_received_data(size, number)
            self._flush_soon()

    def forget(self, number: int) -> None:
        """Forget the stream."""
        self._streams.pop(number, None)

    def _flush_soon(self) -> None:
        """Send what there is to send at the end of this turn of the loop, in one piece."""
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if data := self._h2.data_to_send():
            self._channel.write(data)

    def ended(self) -> None:
        """Close: a browser that sends no more reads no more."""
        self._channel.close()

    def lost(self, *, broke: bool) -> None:  # noqa: ARG002 - the servers' sockets are others
        """Close the connections to the servers."""
        self._abandon_all()

    def _abandon_all(self) -> None:
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.abandon()

    def hold_back(self, *, hold: bool) -> None:
        """Keep what is to be sent while the browser does not take it."""
        self._blocked = hold
        if not hold:
            self._open_all_windows()
