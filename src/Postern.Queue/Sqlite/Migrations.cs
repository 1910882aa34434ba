using System.Globalization;
using System.Reflection;

namespace Postern.Queue;

/// <summary>Brings a database to the newest form: numbered SQL files inside the assembly, each applied once and in order.</summary>
internal static class Migrations
{
    /// <exception cref="QueueOpenException">the database was written by a newer release.</exception>
    public static void Apply(SqlSession session, DateTimeOffset now)
    {
        Assembly assembly = typeof(Migrations).Assembly;
        string[] names = [.. assembly.GetManifestResourceNames().Where(n => char.IsAsciiDigit(n[0])).Order(StringComparer.Ordinal)];
        session.ExecuteOnce("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL)");
        long version = session.Integer("SELECT max(number) FROM migration") ?? 0;
        if (version > names.Length)
            throw new QueueOpenException($"the queue database has form {version}, this release knows forms up to {names.Length}: it was written by a newer release");
        for (int number = (int)version + 1; number <= names.Length; number++)
        {
            string name = names[number - 1];
            session.ExecuteOnce("BEGIN IMMEDIATE");
            session.ExecuteOnce(Read(assembly, name));
            session.Execute(
                "INSERT INTO migration VALUES ($1, $2, $3)", number, name, now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            session.ExecuteOnce("COMMIT");
        }
    }

    private static string Read(Assembly assembly, string name)
    {
        using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
