"""What really went over the wire: a tap process in front of servers, and its client."""
