"""What really went over the wire: a tap process in front of servers, and its client, Recorder.

In go addresses of servers, the origins that browsers see them under, and tokens of cells; out come
Exchanges, Refusals, and the ports that browsers are pointed at. Only `run` calls it.
"""
