"""The floor: a bare Django project. Session, user, one query, one small page; nothing of ours."""
