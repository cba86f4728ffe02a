using Splitstream.Cli.Server;
using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Server;

public sealed class ServerResolverTests : IDisposable
{
    private static readonly ServerChoice Nothing = new(null, null, null, null, null);

    private readonly TemporaryFolder _folder = new();
    private readonly Checkout _checkout;

    public ServerResolverTests() => _checkout = new Checkout(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_data_folder_wins_over_the_environment_and_the_last_up()
    {
        var data = Running("wanted", 1001);
        _checkout.WriteLast(Running("last", 1002).Path);

        var server = ServerResolver.Resolve(Nothing with { Data = data.Path, EnvironmentUrl = "http://elsewhere", EnvironmentKey = "k" }, _checkout);

        Assert.Equal(("http://127.0.0.1:1001", "admin-wanted"), (server.Url, server.Key));
    }

    [Fact]
    public void An_address_wins_over_the_environment_and_borrows_its_key_only_when_none_is_given()
    {
        var choice = Nothing with { Url = "http://given/", EnvironmentUrl = "http://elsewhere", EnvironmentKey = "environment" };

        var borrowed = ServerResolver.Resolve(choice, _checkout);
        var own = ServerResolver.Resolve(choice with { Key = "given" }, _checkout);

        Assert.Equal(("http://given", "environment"), (borrowed.Url, borrowed.Key));
        Assert.Equal("given", own.Key);
    }

    [Fact]
    public void The_environment_wins_over_the_last_up()
    {
        _checkout.WriteLast(Running("last", 1002).Path);

        var environment = ServerResolver.Resolve(Nothing with { EnvironmentUrl = "http://elsewhere", EnvironmentKey = "k" }, _checkout);
        var last = ServerResolver.Resolve(Nothing with { EnvironmentKey = "k" }, _checkout);

        Assert.Equal(("http://elsewhere", "k"), (environment.Url, environment.Key));
        Assert.Equal(("http://127.0.0.1:1002", "admin-last"), (last.Url, last.Key));
    }

    [Fact]
    public void Without_any_server_the_message_says_how_to_start_one()
    {
        var nothing = Assert.Throws<CliException>(() => ServerResolver.Resolve(Nothing, _checkout));
        var stopped = Assert.Throws<CliException>(() => ServerResolver.Resolve(Nothing with { Data = Stopped("stopped").Path }, _checkout));
        var noKey = Assert.Throws<CliException>(() => ServerResolver.Resolve(Nothing with { Url = "http://given" }, _checkout));
        var twice = Assert.Throws<CliException>(() => ServerResolver.Resolve(Nothing with { Url = "http://given", Data = "x" }, _checkout));

        Assert.Contains("./splitstream up", nothing.Hint, StringComparison.Ordinal);
        Assert.Contains("is not running", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("./splitstream up --detach --data", stopped.Hint, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Usage, ExitCode.Usage), (noKey.ExitCodeToUse, twice.ExitCodeToUse));
    }

    private DataFolder Stopped(string name)
    {
        var data = DataFolder.At(Path.Combine(_folder.Path, name));
        data.Create();
        return data;
    }

    /// <summary>A data folder whose server is this very process, so that it counts as alive.</summary>
    private DataFolder Running(string name, int port)
    {
        var data = Stopped(name);
        new UpState(null, null, [new ServerState(port, ProcessIdentity.Of(Environment.ProcessId)!)]).Write(data);
        DataFolder.WriteJson(data.KeysFile, new Keys($"admin-{name}", $"client-{name}"));
        return data;
    }
}
