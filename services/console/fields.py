"""The fields of a posted form."""

from urllib.parse import parse_qs

from fastapi import HTTPException, Request

FORM_BYTES = 65_536


async def form(request: Request) -> dict[str, str]:
    """The fields of a posted form (application/x-www-form-urlencoded)."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise HTTPException(413, f"The form is longer than {FORM_BYTES} bytes.")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    return {name: values[-1] for name, values in fields.items()}
