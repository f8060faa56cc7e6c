"""The page in Firefox and WebKit, driven by WebDriver as Debian's packages of both offer it."""
