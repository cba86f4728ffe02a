using Splitstream.Bucketing;
using Splitstream.Storage.Nodes;

namespace Splitstream.Grains.Tests.Nodes;

public sealed class NodeMessageTests
{
    [Theory]
    [InlineData("alice")]
    [InlineData("a b  c ")]
    [InlineData(" ")]
    [InlineData("configuration node 1")]
    [InlineData("新規ユーザー 👩‍👩‍👧")]
    public void A_unit_comes_back_as_it_was_whatever_its_id(string id)
    {
        Assert.True(UnitId.TryCreate(id, out var unit, out _));

        Assert.True(NodeMessage.TryParse(NodeMessage.Unit("node", 7, 42, unit), out var message));
        Assert.Equal(new NodeMessage(NodeMessageKind.Unit, "node", 7, 42, unit), message);
    }

    [Fact]
    public void The_short_messages_come_back_as_they_were()
    {
        Assert.Equal(new NodeMessage(NodeMessageKind.Beat, "node", 1, 0, default), Read(NodeMessage.Beat("node", 1)));
        Assert.Equal(new NodeMessage(NodeMessageKind.Acknowledgement, "node", 2, 0, default), Read(NodeMessage.Acknowledgement("node", 2)));
        Assert.Equal(new NodeMessage(NodeMessageKind.Configuration, "node", 3, 0, default), Read(NodeMessage.Configuration("node", 3)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("beat")]
    [InlineData("beat node")]
    [InlineData("beat node one")]
    [InlineData("beat node 1 more")]
    [InlineData("unit node 1 2")]
    [InlineData("unit node 1 two alice")]
    [InlineData("hello node 1")]
    public void What_nobody_has_written_is_not_read(string text) => Assert.False(NodeMessage.TryParse(text, out _));

    private static NodeMessage Read(string text)
    {
        Assert.True(NodeMessage.TryParse(text, out var message));
        return message;
    }
}
