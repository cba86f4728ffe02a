using System.Globalization;

namespace Splitstream.Cli.Up;

/// <summary>The settings file of the private cluster, written anew at every start.</summary>
public static class PostgresSettings
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>Shared memory below this size is too small for parallel plans (a container has 64 MiB).</summary>
    private const long SmallSharedMemoryBytes = 256 * Mebibyte;

    /// <summary>A server's pool grows to so many connections.</summary>
    private const int ConnectionsPerServer = 100;

    /// <summary>Connections beside the servers' pools: their listeners, this command line, a person's psql.</summary>
    private const int OtherConnections = 100;

    /// <summary>The text for a machine with this much memory.</summary>
    /// <param name="port">The loopback port.</param>
    /// <param name="servers">How many servers will connect.</param>
    /// <param name="memoryBytes">Memory the process may use; a container's limit counts.</param>
    /// <param name="sharedMemoryBytes">Size of /dev/shm.</param>
    public static string Text(int port, int servers, long memoryBytes, long sharedMemoryBytes)
    {
        // An eighth of the memory, because the server and the caller's own work live on the same machine.
        var buffers = Math.Clamp(memoryBytes / 8 / Mebibyte, 64, 1024);
        var cache = Math.Max(memoryBytes / 2 / Mebibyte, 128);
        var sharedMemory = sharedMemoryBytes < SmallSharedMemoryBytes ? "mmap" : "posix";
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Written by ./splitstream up at every start; edits are lost.
            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = ''
            max_connections = {OtherConnections + (servers * ConnectionsPerServer)}
            password_encryption = 'scram-sha-256'

            # An acknowledged row survives a power cut.
            fsync = on
            synchronous_commit = on
            full_page_writes = on
            wal_compression = on
            max_wal_size = 2GB
            checkpoint_timeout = 15min

            shared_buffers = {buffers}MB
            effective_cache_size = {cache}MB
            work_mem = 16MB
            maintenance_work_mem = 128MB
            dynamic_shared_memory_type = {sharedMemory}
            random_page_cost = 1.1
            jit = off

            timezone = 'UTC'
            lc_messages = 'C'
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] %a '
            log_lock_waits = on
            deadlock_timeout = 1s
            log_checkpoints = off

            """);
    }

    /// <summary>The text for this machine.</summary>
    public static string Text(int port, int servers) =>
        Text(port, servers, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, SharedMemoryBytes());

    private static long SharedMemoryBytes()
    {
        try
        {
            return new DriveInfo("/dev/shm").TotalSize;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return 0;
        }
    }
}
