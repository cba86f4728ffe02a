using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Up;

public sealed class DatabaseAccountTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public async Task A_folder_that_the_databases_user_cannot_enter_is_named()
    {
        using var folder = new TemporaryFolder();
        var blocking = Path.Combine(folder.Path, "closed");
        var data = DataFolder.At(Path.Combine(blocking, "inside", "data"));
        data.Create();
        File.SetUnixFileMode(blocking, OwnerOnly);
        // Only root can become somebody else; for everybody else the folder is their own and nothing blocks.
        var account = Environment.UserName == "root" ? new DatabaseAccount("nobody", (65534, 65534)) : new DatabaseAccount(Environment.UserName, null);

        var refused = await Record.ExceptionAsync(() => account.RequireAccessAsync(data, CancellationToken.None));

        if (account.Switch is null)
        {
            Assert.Null(refused);
        }
        else
        {
            var shown = Assert.IsType<CliException>(refused);
            Assert.Contains($"'nobody', who cannot enter the folder {blocking} on the way to {data.Path}", shown.Message, StringComparison.Ordinal);
            Assert.Contains("--data", shown.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_folder_that_up_makes_lets_the_databases_user_through()
    {
        using var folder = new TemporaryFolder();
        var data = DataFolder.At(Path.Combine(folder.Path, "data"));
        data.Create();
        var account = Environment.UserName == "root" ? new DatabaseAccount("nobody", (65534, 65534)) : new DatabaseAccount(Environment.UserName, null);

        var refused = await Record.ExceptionAsync(() => account.RequireAccessAsync(data, CancellationToken.None));

        Assert.Null(refused);
    }

    [Theory]
    [InlineData("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15)]
    [InlineData("postgres (PostgreSQL) 18beta1", 18)]
    [InlineData("postgres (PostgreSQL) 9.6.24", 9)]
    [InlineData("postgres: command not found", null)]
    [InlineData("", null)]
    public void The_major_version_is_read_from_the_programs_answer(string line, int? major) =>
        Assert.Equal(major, PostgresInstallation.ParseMajor(line));

    [Theory]
    [InlineData(24L << 30, 8L << 30, "shared_buffers = 1024MB", "posix")]
    [InlineData(2L << 30, 64L << 20, "shared_buffers = 256MB", "mmap")]
    [InlineData(128L << 20, 0L, "shared_buffers = 64MB", "mmap")]
    public void Settings_follow_the_memory_and_never_give_up_durability(long memory, long sharedMemory, string buffers, string kind)
    {
        var text = PostgresSettings.Text(5433, 3, memory, sharedMemory);

        Assert.Contains(buffers, text, StringComparison.Ordinal);
        Assert.Contains($"dynamic_shared_memory_type = {kind}", text, StringComparison.Ordinal);
        foreach (var line in new[] { "port = 5433", "max_connections = 400", "listen_addresses = '127.0.0.1'", "fsync = on", "synchronous_commit = on", "log_lock_waits = on" })
        {
            Assert.Contains(line, text, StringComparison.Ordinal);
        }
    }
}
