"""Headers of every answer: what a browser may load, and what it must not guess."""


def policy(style_nonce: str = "") -> str:
    """Return a Content-Security-Policy: files of this server and nothing written into a page.

    ``style_nonce`` allows the one style element that wavesurfer makes for its own drawing.
    """
    styles = f"'self' 'nonce-{style_nonce}'" if style_nonce else "'self'"
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:;"
        " media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" a browser hides the origin of a form, and `check_origin` has to see it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
