using System.Net;
using System.Net.Sockets;
using Npgsql;
using Splitstream.Cli;
using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;
using Splitstream.Testing;

namespace Splitstream.EndToEnd.Tests;

/// <summary>
/// One installation of the product on a data folder of its own: brought up through the launcher, asked over HTTP, taken down at the end.
/// As a class fixture it serves all tests of a class.
/// </summary>
public sealed class Installation : IAsyncLifetime
{
    /// <summary>Another program may take the free port before the server does.</summary>
    private const int UpAttempts = 3;

    private static readonly Checkout ThisCheckout = Checkout.Find();

    /// <summary>What the person running the tests last brought up; verbs without an address must find it again afterwards.</summary>
    private static readonly string? LastOfPerson = ThisCheckout.ReadLast();

    private readonly TemporaryFolder _folder = new();
    private HttpClient? _client;

    public Installation() => Data = DataFolder.At(Path.Combine(_folder.Path, ".splitstream"));

    /// <summary>The folder of the repository.</summary>
    public static string Root => ThisCheckout.Root;

    /// <summary>The script at the root.</summary>
    public static string Launcher => Path.Combine(Root, "splitstream");

    /// <summary>The data folder's parent: free for files of the tests.</summary>
    public string Folder => _folder.Path;

    public DataFolder Data { get; }

    /// <summary>The servers' addresses since the last <see cref="UpAsync"/>.</summary>
    public IReadOnlyList<string> Urls { get; private set; } = [];

    /// <summary>The address of the only server, or of the first.</summary>
    public string Url => Urls[0];

    public HttpClient Client => _client ?? throw new InvalidOperationException("Nothing is up.");

    /// <summary>Speaks to the server with the admin key.</summary>
    public JsonApi Api => new(Client);

    public Task InitializeAsync() => UpAsync();

    /// <summary>Brings it up at free ports and returns once it is ready.</summary>
    public async Task<CommandRun> UpAsync(int nodes = 1)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = ConsecutivePorts.Free(nodes);
            string[] command = [Launcher, "up", "--detach", "--port", $"{port}", "--nodes", $"{nodes}", "--data", Data.Path];
            var run = await CommandRun.RunAsync(command, Folder);
            if (run.ExitCode == 0 || attempt == UpAttempts || !run.Error.Contains("in use by another program", StringComparison.Ordinal))
            {
                run.Succeeded();
                Urls = [.. Enumerable.Range(port, nodes).Select(each => $"http://127.0.0.1:{each}")];
                _client?.Dispose();
                _client = JsonApi.Client(Url, Keys.Read(Data)!.Admin);
                return run;
            }
        }
    }

    public Task<CommandRun> DownAsync() => CommandRun.RunAsync([Launcher, "down", "--data", Data.Path], Folder);

    /// <summary>Runs a verb of the command line against this installation.</summary>
    public Task<CommandRun> RunAsync(string verb, params string[] arguments) =>
        CommandRun.RunAsync([Launcher, verb, .. arguments, "--data", Data.Path], Folder);

    /// <summary>Opens the database as the server does, around the product.</summary>
    public async Task<NpgsqlConnection> OpenDatabaseAsync()
    {
        var secrets = DataFolder.ReadJson<DatabaseSecrets>(Data.DatabaseSecretsFile)!;
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = UpState.Read(Data).DatabasePort!.Value, Database = "splitstream", Username = "splitstream",
            Password = secrets.Server, Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = await OpenDatabaseAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Running processes that were given a folder, by argument or by environment; the latter is readable for their own user and root.</summary>
    public static List<string> ProcessesOf(string folder)
    {
        var found = new List<string>();
        foreach (var entry in Directory.EnumerateDirectories("/proc").Where(entry => Path.GetFileName(entry).All(char.IsAsciiDigit)))
        {
            var arguments = ReadProcess(entry, "cmdline");
            if (arguments.Contains(folder, StringComparison.Ordinal) || ReadProcess(entry, "environ").Contains(folder, StringComparison.Ordinal))
            {
                found.Add($"{Path.GetFileName(entry)}: {arguments}");
            }
        }

        return found;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A file of a process; empty when it has just ended or belongs to somebody else.</summary>
    private static string ReadProcess(string entry, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(entry, file)).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        var run = await DownAsync();
        if (LastOfPerson is not null)
        {
            ThisCheckout.WriteLast(LastOfPerson);
        }
        else
        {
            File.Delete(Path.Combine(Root, ".splitstream-last"));
        }

        run.Succeeded();
        _folder.Dispose();
    }
}
