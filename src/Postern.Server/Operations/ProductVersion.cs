namespace Postern.Server.Operations;

/// <summary>The release, as every face of the product prints it.</summary>
public static class ProductVersion
{
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
