using Splitstream.Bucketing;

namespace Splitstream.Api.Assignments;

/// <summary>Why a unit id was refused, for people.</summary>
internal static class UnitIdMessages
{
    public static string Of(UnitIdError error) => error switch
    {
        UnitIdError.Empty => "unitId must not be empty.",
        UnitIdError.TooLong => $"unitId must have at most {UnitId.MaxCodePoints} code points in NFC.",
        UnitIdError.ContainsNul => "unitId must not contain U+0000.",
        _ => "unitId must not contain lone surrogates.",
    };
}
