using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>
/// Sessions can be switched by everything that switches: address, TLS (<c>tcp_overtls</c>), AUTH (<c>tcp_personal</c> for Ann) and
/// MAIL FROM (<c>tcp_bulk</c> for bulk@example.com). None of the new channels may relay but <c>tcp_personal</c>.
/// </summary>
public sealed class SwitchingSite : RunningSite
{
    public const string Bulk = "bulk@example.com";

    protected override void Configure(PosternSite site)
    {
        site.Edit("postern.cnf", text => text.Replace(" switchchannel identnonenumeric", " switchchannel userswitchchannel tlsswitchchannel tcp_overtls identnonenumeric", StringComparison.Ordinal));
        site.Append("postern.cnf", """

            tcp_overtls smtp maytls maysaslserver saslswitchchannel tcp_auth identnonenumeric
            tcp_overtls-daemon

            tcp_bulk smtp allowswitchchannel identnonenumeric
            tcp_bulk-daemon

            tcp_personal smtp mustsaslserver identnonenumeric
            tcp_personal-daemon

            """);
        site.Edit("mappings", text => text.Replace("ORIG_SEND_ACCESS\n\n", """
            ORIG_SEND_ACCESS

              tcp_overtls|*|tcp_local|*         $NRelaying$ not$ permitted
              tcp_bulk|*|tcp_local|*            $NRelaying$ not$ permitted

            """, StringComparison.Ordinal));
        site.Edit("users", text => string.Join('\n', text.Split('\n').Select(l => l.StartsWith(PosternSite.Ann, StringComparison.Ordinal) ? $"{l} mailSMTPSubmitChannel=tcp_personal" : l)));
        site.Append("users", $"{Bulk} * sourceChannel=tcp_bulk\n");
    }
}
