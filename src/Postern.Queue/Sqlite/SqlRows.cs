namespace Postern.Queue;

/// <summary>The rows of a query, the current one of which can be read; to be disposed before its text is run again.</summary>
internal readonly struct SqlRows(SqlStatement statement) : IDisposable
{
    public int FieldCount => statement.FieldCount;

    /// <inheritdoc cref="SqlStatement.Step"/>
    public bool Read() => statement.Step();

    /// <exception cref="InvalidCastException">it is NULL.</exception>
    public long GetInt64(int column) => statement.Integer(column);

    /// <exception cref="OverflowException">it is no number of 32 bits.</exception>
    /// <exception cref="InvalidCastException">it is NULL.</exception>
    public int GetInt32(int column) => checked((int)statement.Integer(column));

    /// <exception cref="InvalidCastException">it is NULL.</exception>
    public string GetString(int column) => statement.Text(column);

    public byte[] GetBlob(int column) => statement.Blob(column);

    public bool IsDBNull(int column) => statement.IsNull(column);

    public string GetName(int column) => statement.Name(column);

    public SqlValue GetValue(int column) => statement.Value(column);

    public void Dispose() => statement.Close();
}
