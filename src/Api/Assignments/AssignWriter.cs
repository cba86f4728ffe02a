using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Assignments;

namespace Splitstream.Api.Assignments;

/// <summary>Writes assignments by hand: it is what every request of the hot path answers.</summary>
internal static class AssignWriter
{
    private static readonly JsonEncodedText UnitIdName = JsonEncodedText.Encode("unitId");
    private static readonly JsonEncodedText AssignmentsName = JsonEncodedText.Encode("assignments");
    private static readonly JsonEncodedText ExperimentName = JsonEncodedText.Encode("experiment");
    private static readonly JsonEncodedText VariantName = JsonEncodedText.Encode("variant");
    private static readonly JsonEncodedText ReasonName = JsonEncodedText.Encode("reason");
    private static readonly JsonEncodedText PayloadName = JsonEncodedText.Encode("payload");
    private static readonly JsonEncodedText AssignedAtName = JsonEncodedText.Encode("assignedAt");
    private static readonly JsonEncodedText StaleName = JsonEncodedText.Encode("stale");

    /// <summary>One unit with its assignments.</summary>
    public static void Write(Utf8JsonWriter writer, string sentUnitId, ImmutableArray<UnitAssignment> assignments)
    {
        writer.WriteStartObject();
        writer.WriteString(UnitIdName, sentUnitId);
        writer.WriteStartArray(AssignmentsName);
        foreach (ref readonly UnitAssignment assignment in assignments.AsSpan())
        {
            Write(writer, assignment);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, in UnitAssignment assignment)
    {
        writer.WriteStartObject();
        writer.WriteString(ExperimentName, assignment.Experiment);
        writer.WriteString(VariantName, assignment.Variant);
        writer.WriteString(ReasonName, assignment.Reason.ToCode());
        writer.WritePropertyName(PayloadName);
        if (assignment.PayloadJson is { } payload)
        {
            writer.WriteRawValue(payload, skipInputValidation: true);
        }
        else
        {
            writer.WriteNullValue();
        }

        if (assignment.AssignedAt is { } assignedAt)
        {
            writer.WriteString(AssignedAtName, assignedAt.UtcDateTime);
        }
        else
        {
            writer.WriteNull(AssignedAtName);
        }

        if (assignment.Stale)
        {
            writer.WriteBoolean(StaleName, true);
        }

        writer.WriteEndObject();
    }
}
