using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>The places of everything that is not configuration. DATA_DIRECTORY, else /var/lib/postern if it exists, else <c>data/</c> in the configuration directory.</summary>
public sealed class DataDirectory(string configurationDirectory, ConfigurationSnapshot snapshot)
{
    public string Root { get; } = System.IO.Path.GetFullPath(
        snapshot.Options.DataDirectory ?? (Directory.Exists("/var/lib/postern") ? "/var/lib/postern" : "data"),
        configurationDirectory);

    public string Queue => System.IO.Path.Combine(Root, "queue");

    public string DecisionLog => System.IO.Path.Combine(Root, "log", "decisions.jsonl");

    public string OperatorLog => System.IO.Path.Combine(Root, "log", "operator.jsonl");

    public string Greylist => System.IO.Path.Combine(Root, "greylist.db");

    /// <summary>The transaction log.</summary>
    public string TransactionLog => System.IO.Path.Combine(Root, "log", "mail.log_current");

    /// <summary>Its connection records, with SEPARATE_CONNECTION_LOG.</summary>
    public string ConnectionLog => System.IO.Path.Combine(Root, "log", "connection.log_current");

    /// <summary>The key of hashed addresses.</summary>
    public string LogKey => System.IO.Path.Combine(Root, "log.key");

    /// <summary>What is shown of users that do not exist is made with it.</summary>
    public string SaslKey => System.IO.Path.Combine(Root, "sasl.key");

    public string ConsoleToken => System.IO.Path.Combine(Root, "console.token");

    public string ProcessId => System.IO.Path.Combine(Root, "postern.pid");

    /// <summary>Root of the Maildirs: STORE_DIRECTORY, relative to the data directory.</summary>
    public string Store => System.IO.Path.GetFullPath(snapshot.Options.StoreDirectory ?? "store", Root);

    public string Certificate => System.IO.Path.GetFullPath(snapshot.Options.TlsCertificate ?? "tls/cert.pem", configurationDirectory);

    public string CertificateKey => System.IO.Path.GetFullPath(snapshot.Options.TlsKey ?? "tls/key.pem", configurationDirectory);

    /// <summary>Makes the directory with mode 0750 if it is missing.</summary>
    public static void Make(string directory) => Directory.CreateDirectory(
        directory,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
}
