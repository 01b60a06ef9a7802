"""Columns masked or made coarser, batch by batch, before they reach the disk."""

from collections.abc import Sequence

import pyarrow as pa

from datadam.lake.personal.kinds import Protection
from datadam.lake.personal.masking import masked


def protect(batch: pa.RecordBatch, steps: Sequence[Protection]) -> pa.RecordBatch:
    """The batch with its steps done; columns that it has not are left alone."""
    for step in steps:
        index = batch.schema.get_field_index(step.column)
        if index >= 0:
            values = [None if v is None else masked(str(v)) for v in batch.column(index).to_pylist()]
            batch = batch.set_column(index, step.column, pa.array(values, pa.string()))
    return batch
