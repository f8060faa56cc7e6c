"""The pages: HTML forms in, redirects and templates out. What they do is in acts and services."""
