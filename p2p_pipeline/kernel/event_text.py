"""The JSON of Dagster's events in fewer bytes: of a kilobyte all but a tenth are the same names again."""

from __future__ import annotations

import zlib

_VERSION = b"\x01"
"""Begins a packed text, which no JSON does. Other `_NAMES` need another number, and the old ones beside them."""

_NAMES = "".join(
    (
        '{"__class__": "TimeWindowPartitionsSubset", "included_time_windows": [{"__class__": "TimeWindow", "end": ',
        '{"__class__": "TimestampWithTimezone", "timestamp": 17, "timezone": "UTC"}, "start": {"__class__": ',
        '"TimestampWithTimezone", "timestamp": 17, "timezone": "UTC"}}], "num_partitions": 1, "partitions_def": ',
        '{"__class__": "TimeWindowPartitionsDefinition", "cron_schedule": "0 0 * * *", "end": null, "end_offset": 1, ',
        '"exclusions": null, "fmt": "%Y-%m-%d", "start": {"__class__": "EngineEventData", "error": null, ',
        '"marker_end": null, "marker_start": null, "metadata_entries": []}, "ENGINE_EVENT", "RESOURCE_INIT_SUCCESS", ',
        '"PythonArtifactMetadataEntryData", "module": "dagster._core.storage.fs_io_manager", "name": ',
        '"PickledObjectFilesystemIOManager"}, "LOGS_CAPTURED", "ComputeLogsCaptureData", "external_stderr_url": null, ',
        '"external_stdout_url": null, "external_url": null, "log_key": "", "shell_cmd": null, "step_keys": [], ',
        '"StepSuccessData", "duration_ms": , "STEP_SUCCESS", "Finished execution of step \\"", "STEP_START", ',
        '"Started execution of step \\"", {"__class__": "StepOutputData", "metadata_entries": [], "step_output_handle"',
        ': {"__class__": "StepOutputHandle", "mapping_key": null, "output_name": "result", "step_key": "", ',
        '"type_check_data": {"__class__": "TypeCheckData", "description": null, "label": "result", ',
        '"metadata_entries": [], "success": true}, "version": null}, "event_type_value": "STEP_OUTPUT", "message": ',
        '"Yielded output \\"result\\" of type \\"Any\\". (Type check passed).", "AssetMaterializationPlannedData", ',
        '"partition": "20", "partitions_subset": null}, "event_type_value": "ASSET_MATERIALIZATION_PLANNED", ',
        ' intends to materialize asset [\\"", {"__class__": "AssetCheckEvaluationPlanned", "check_name": "", ',
        '"event_type_value": "ASSET_CHECK_EVALUATION_PLANNED", " intends to execute asset check  on asset ", ',
        '{"__class__": "AssetCheckEvaluation", "asset_key": {"__class__": "AssetKey", "path": ["", ""]}, ',
        '"blocking": false, "check_name": "", "description": "", "metadata": {"count": {"__class__": ',
        '"IntMetadataEntryData", "value": 0}, "expected": {"__class__": "TextMetadataEntryData", "text": ""}, ',
        '"judged": {"__class__": "IntMetadataEntryData", "value": }, "limit": {"__class__": "FloatMetadataEntryData", ',
        '"value": 0.0}, "share": {"__class__": "FloatMetadataEntryData", "value": 0.0}}, "partition": "20", ',
        '"severity": {"__enum__": "AssetCheckSeverity.WARN"}, "success": true, "target_materialization_data": ',
        '{"__class__": "AssetCheckEvaluationTargetMaterializationData", "run_id": "", "storage_id": , "timestamp": 17',
        '}}, "event_type_value": "ASSET_CHECK_EVALUATION", "Asset check \'\' on \'\' passed.", ',
        '"event_specific_data": {"__class__": "StepMaterializationData", "asset_lineage": [], "materialization": ',
        '{"__class__": "AssetMaterialization", "asset_key": {"__class__": "AssetKey", "path": ["", ""]}, ',
        '"description": null, "metadata_entries": [{"__class__": "EventMetadataEntry", "description": null, ',
        '"entry_data": {"__class__": "IntMetadataEntryData", "value": }, "label": "dagster/row_count"}, ',
        '{"__class__": "EventMetadataEntry", "description": null, "entry_data": {"__class__": ',
        '"FloatMetadataEntryData", "value": }, "label": ""}, {"__class__": "EventMetadataEntry", "description": null, ',
        '"entry_data": {"__class__": "TextMetadataEntryData", "text": ""}, "label": ""}], "partition": "", "tags": {}',
        '}} "event_type_value": "ASSET_MATERIALIZATION", "PIPELINE_START", "PIPELINE_SUCCESS", "PIPELINE_FAILURE", ',
        '{"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", "event_specific_data": null, ',
        '"event_type_value": "", "logging_tags": {}, "message": "", "pid": null, "pipeline_name": "", ',
        '"solid_handle": {"__class__": "SolidHandle", "name": "", "parent": null}, "step_handle": {"__class__": ',
        '"StepHandle", "key": "", "solid_handle": {"__class__": "SolidHandle", "name": "", "parent": null}}, ',
        '"step_key": "", "step_kind_value": "COMPUTE"}, "error_info": null, "level": 10, "message": "", ',
        '"pipeline_name": "", "run_id": "", "step_key": null, "timestamp": 17, "user_message": ""}',
    )
).encode()


def packed(text: str) -> bytes:
    """A text in fewer bytes."""
    deflate = zlib.compressobj(zdict=_NAMES)
    return _VERSION + deflate.compress(text.encode()) + deflate.flush()


def unpacked(stored: bytes | str) -> str:
    """The text again, also of one that was never packed; raises ValueError for one that a later version packed."""
    if isinstance(stored, str):
        return stored
    if not stored.startswith(_VERSION):
        raise ValueError(
            "an event was stored by a later version of p2p_pipeline; use that one, or move the history away"
        )
    inflate = zlib.decompressobj(zdict=_NAMES)
    try:
        text = inflate.decompress(stored[len(_VERSION) :])
    except zlib.error as error:
        raise ValueError(f"an event in Dagster's records is damaged: {error}") from error
    if not inflate.eof:
        raise ValueError("an event in Dagster's records is cut short")
    return text.decode()
