using Npgsql;
using Splitstream.Testing.Faults;

namespace Splitstream.Testing.Tests.Faults;

/// <summary>A server of its own, which may be stopped and cut.</summary>
public sealed class PostgresServerTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new(durable: true);
    private string _database = "";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stopped_server_comes_back_with_its_data_at_the_same_port(bool immediate)
    {
        await ExecuteAsync("CREATE TABLE kept (value int); INSERT INTO kept VALUES (7)");
        var port = _server.Port;

        await _server.StopAsync(immediate);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync("SELECT 1"));
        await _server.StartAgainAsync();

        Assert.Equal(7, await ExecuteAsync("SELECT value FROM kept"));
        Assert.Equal(port, _server.Port);
    }

    [Fact]
    public async Task A_server_can_be_stopped_and_started_again_and_again()
    {
        for (var round = 0; round < 3; round++)
        {
            await _server.StopAsync(immediate: true);
            await _server.StartAgainAsync();
            Assert.Equal(1, await ExecuteAsync("SELECT 1"));
        }
    }

    [Fact]
    public async Task Only_connections_of_the_given_name_and_database_are_cut()
    {
        var elsewhere = await _server.CreateDatabaseAsync();
        await using var listening = await OpenAsync(_database, "listener");
        await using var same = await OpenAsync(elsewhere, "listener");
        await using var other = await OpenAsync(_database, "worker");

        Assert.Equal(1, await _server.TerminateBackendsAsync("listener", new NpgsqlConnectionStringBuilder(_database).Database));

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(listening));
        Assert.Equal(1, await AskAsync(same));
        Assert.Equal(1, await AskAsync(other));
        Assert.Equal(2, await _server.TerminateBackendsAsync());
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(same));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(other));
    }

    [Fact]
    public async Task A_proxy_before_the_server_cuts_a_commit_from_its_answer()
    {
        await ExecuteAsync("CREATE TABLE written (value int)");
        await using var proxy = new TcpProxy(_server.Port);
        var throughProxy = new NpgsqlConnectionStringBuilder(_database) { Port = proxy.Port }.ConnectionString;
        await using var connection = await OpenAsync(throughProxy, "cut");
        var happened = proxy.CutBeforeReplyAsync();

        await using var command = new NpgsqlCommand("INSERT INTO written VALUES (1)", connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteNonQueryAsync());
        await happened;

        Assert.Equal(1L, await ExecuteAsync("SELECT count(*) FROM written"));
    }

    public async Task InitializeAsync() => _database = await _server.CreateDatabaseAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Assert.False(Directory.Exists(_server.DataFolder));
    }

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync(_database, "test");
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, string name)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = name };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        return await command.ExecuteScalarAsync();
    }
}
