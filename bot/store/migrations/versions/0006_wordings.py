"""What somebody worded better can be looked at and taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("translation", sa.Column("before", sa.LargeBinary(), nullable=True))
    op.add_column("phrase", sa.Column("text", sa.LargeBinary(), nullable=True))
