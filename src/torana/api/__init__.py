"""The form that every answer of the partner's API has: envelope, errors, request ids, the reference."""
