"""The pages: who may sign in, drafts, what was done, who is absent; what a talk was promised, and who may not know."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _talks()
    _people()
    _schools()
    _login()
    _signing_in()
    _work()
    _absence()
    _failures()
    _keep_audit()


def _failures() -> None:
    op.create_index(
        "ix_outbox_failed",
        "outbox",
        ["school", "settled_at"],
        unique=False,
        sqlite_where=sa.text("status = 'failed'"),
        postgresql_where=sa.text("status = 'failed'"),
    )


def _talks() -> None:
    op.add_column("thread", sa.Column("answer_by", sa.BigInteger(), nullable=True))
    op.add_column("thread", sa.Column("overdue_at", sa.BigInteger(), nullable=True))
    op.add_column("thread", sa.Column("tense", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_thread_changed", "thread", ["school", "changed_at"], unique=False)
    op.create_index(
        "ix_thread_open",
        "thread",
        ["school", "changed_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_thread_promised",
        "thread",
        ["answer_by"],
        unique=False,
        sqlite_where=sa.text("answer_by IS NOT NULL AND overdue_at IS NULL"),
        postgresql_where=sa.text("answer_by IS NOT NULL AND overdue_at IS NULL"),
    )
    op.add_column("thread_message", sa.Column("staff_id", sa.BigInteger(), nullable=True))
    op.add_column("thread_message", sa.Column("answer_by", sa.BigInteger(), nullable=True))
    op.add_column("alarm", sa.Column("taken_staff", sa.BigInteger(), nullable=True))
    lost = "thread_id IS NOT NULL AND status IN ('failed', 'expired', 'unknown', 'cancelled')"
    op.create_index(
        "ix_outbox_lost",
        "outbox",
        ["status", "thread_id"],
        unique=False,
        sqlite_where=sa.text(lost),
        postgresql_where=sa.text(lost),
    )


def _people() -> None:
    op.create_index("ix_child_school", "child", ["school"], unique=False)
    op.add_column("guardian", sa.Column("barred_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_guardian_school", "guardian", ["school"], unique=False)
    op.add_column("code", sa.Column("printed_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_code_used",
        "code",
        ["school", "used_at"],
        unique=False,
        sqlite_where=sa.text("used_at IS NOT NULL"),
        postgresql_where=sa.text("used_at IS NOT NULL"),
    )


def _schools() -> None:
    op.create_table(
        "staff_school",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_school_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_school")),
        sa.UniqueConstraint("staff_id", "school", name=op.f("uq_staff_school_staff_id_school")),
    )
    op.create_index(op.f("ix_staff_school_staff_id"), "staff_school", ["staff_id"], unique=False)


def _login() -> None:
    op.create_table(
        "login",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("proven_at", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_login_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_login_staff_id")),
    )
    op.create_index(op.f("ix_login_staff_id"), "login", ["staff_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("find", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitation_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("find", name=op.f("uq_invitation_find")),
    )
    op.create_index(op.f("ix_invitation_staff_id"), "invitation", ["staff_id"], unique=False)
    op.create_table(
        "slip",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("find", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_slip_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
        sa.UniqueConstraint("staff_id", "find", name=op.f("uq_slip_staff_id_find")),
    )
    op.create_index(op.f("ix_slip_staff_id"), "slip", ["staff_id"], unique=False)


def _signing_in() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("find", sa.String(length=32), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_in_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("find", name=op.f("uq_sign_in_find")),
    )
    op.create_index(op.f("ix_sign_in_staff_id"), "sign_in", ["staff_id"], unique=False)
    op.create_table(
        "login_try",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("find", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_try")),
    )
    op.create_index("ix_login_try_find", "login_try", ["find", "at"], unique=False)


def _work() -> None:
    op.create_table(
        "draft",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_draft_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("staff_id", "place", name=op.f("uq_draft_staff_id_place")),
    )
    op.create_index(op.f("ix_draft_staff_id"), "draft", ["staff_id"], unique=False)
    op.create_table(
        "done",
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_done")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_school", "audit", ["school", "id"], unique=False)
    op.create_index("ix_audit_staff", "audit", ["staff_id", "at"], unique=False)


def _absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("time", sa.String(length=5), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("called_at", sa.BigInteger(), nullable=True),
        sa.Column("called_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_absence_child_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_absence_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("child_id", "day", name=op.f("uq_absence_child_id_day")),
    )
    op.create_index(op.f("ix_absence_child_id"), "absence", ["child_id"], unique=False)
    op.create_index(op.f("ix_absence_contact_id"), "absence", ["contact_id"], unique=False)
    op.create_index("ix_absence_day", "absence", ["school", "day"], unique=False)
    op.create_index("ix_absence_at", "absence", ["school", "at"], unique=False)
    op.create_index(
        "ix_absence_withdrawn",
        "absence",
        ["school", "withdrawn_at"],
        unique=False,
        sqlite_where=sa.text("withdrawn_at IS NOT NULL"),
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_index(
        "ix_absence_words",
        "absence",
        ["day"],
        unique=False,
        sqlite_where=sa.text("words IS NOT NULL"),
        postgresql_where=sa.text("words IS NOT NULL"),
    )


def _keep_audit() -> None:
    """Nobody changes what was done, and nobody takes it away before two years are over."""
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgres()


def _guard_sqlite() -> None:
    old = "OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 63072000) * 1000"
    op.execute(
        "CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'what was done stays as it is'); END"
    )
    op.execute(
        f"CREATE TRIGGER audit_stays BEFORE DELETE ON audit WHEN {old} "
        "BEGIN SELECT RAISE(ABORT, 'what was done stays for two years'); END"
    )


def _guard_postgres() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'what was done stays as it is'; END $$"
    )
    young = "OLD.at > (extract(epoch FROM now()) - 63072000) * 1000"
    op.execute("CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()")
    op.execute(
        f"CREATE TRIGGER audit_stays BEFORE DELETE ON audit FOR EACH ROW WHEN ({young}) EXECUTE FUNCTION audit_stays()"
    )
