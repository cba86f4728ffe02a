using System.Buffers;
using System.Text.Unicode;

namespace Splitstream.Bucketing;

/// <summary>The bytes to be hashed, gathered on the stack while they are few and in a rented array when they are many.</summary>
internal ref struct Utf8Text
{
    /// <summary>Room on the stack: an ordinary key, id and seed with much to spare.</summary>
    public const int StackBytes = 1024;

    private const int MaxBytesPerUnit = 3;
    private Span<byte> _buffer;
    private byte[]? _rented;
    private int _length;

    public Utf8Text(Span<byte> onStack) => _buffer = onStack;

    public readonly ReadOnlySpan<byte> Bytes => _buffer[.._length];

    public void Append(ReadOnlySpan<byte> utf8)
    {
        Reserve(utf8.Length);
        utf8.CopyTo(_buffer[_length..]);
        _length += utf8.Length;
    }

    /// <summary>Appends text as it stands.</summary>
    /// <exception cref="ArgumentException">A surrogate stands alone; the exception names <paramref name="parameter"/>.</exception>
    public void Append(ReadOnlySpan<char> text, string parameter)
    {
        Reserve(checked(text.Length * MaxBytesPerUnit));
        OperationStatus status = Utf8.FromUtf16(text, _buffer[_length..], out _, out int written, replaceInvalidSequences: false);
        if (status != OperationStatus.Done)
        {
            throw new ArgumentException("The text holds a lone surrogate and has no UTF-8 form.", parameter);
        }

        _length += written;
    }

    /// <summary>Appends the text in normalisation form C.</summary>
    /// <exception cref="ArgumentException">A surrogate stands alone; the exception names <paramref name="parameter"/>.</exception>
    public void AppendNormalised(string text, string parameter)
    {
        if (!Nfc.IsPlain(text))
        {
            if (Nfc.HasLoneSurrogate(text))
            {
                throw new ArgumentException("The text holds a lone surrogate and has no UTF-8 form.", parameter);
            }

            text = Nfc.Of(text);
        }

        Append(text, parameter);
    }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }

    private void Reserve(int more)
    {
        int needed = checked(_length + more);
        if (needed <= _buffer.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(needed);
        _buffer[.._length].CopyTo(larger);
        Dispose();
        _rented = larger;
        _buffer = larger;
    }
}
